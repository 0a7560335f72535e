"""Certificates for a test, made when it runs: none is kept in a file, none runs out."""

import datetime
import ssl

import trustme


class Authority:
    """An authority of a test's own, and the files of what it signs."""

    def __init__(self, directory):
        directory.mkdir(exist_ok=True)
        self._directory = directory
        self._ca = trustme.CA()
        self.file = directory / "ca.pem"
        self._ca.cert_pem.write_to_path(self.file)

    def issue(self, name, *hosts, days=None, into=None, kind="ECDSA", through_another=False):
        """A certificate's files and the flags that give them to the hub; `days` from now it ends."""
        end = days and datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)
        start = end and min(end, datetime.datetime.now(datetime.UTC)) - datetime.timedelta(days=1)
        signer = self._ca.create_child_ca() if through_another else self._ca
        leaf = signer.issue_cert(
            *(hosts or (name,)), common_name=name, not_before=start, not_after=end,
            key_type=trustme.KeyType[kind])
        stem = self._directory / (into or name)
        files = Files(stem.with_suffix(".crt"), stem.with_suffix(".key"))
        files.certificate.write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
        files.key.write_bytes(leaf.private_key_pem.bytes())
        return files

    def client(self, files=None, **limits):
        """What a client of this authority's servers needs."""
        context = ssl.create_default_context(cafile=self.file)
        if files:
            context.load_cert_chain(files.certificate, files.key)
        for name, value in limits.items():
            setattr(context, name, value)
        return context


class Files:
    def __init__(self, certificate, key):
        self.certificate, self.key = certificate, key

    @property
    def flags(self):
        return "--tls-cert", str(self.certificate), "--tls-key", str(self.key)
