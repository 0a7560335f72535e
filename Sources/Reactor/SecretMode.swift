/// Who may be able to read a file that holds a secret.
public enum SecretMode {
    /// Whether a file is as closed as a secret has to be.
    ///
    /// Nobody but its owner may get at it. One that root has given to another user may be read
    /// by its group: as systemd hands out credentials, and Kubernetes secrets with `fsGroup`.
    ///
    /// - Parameters:
    ///   - mode: Its `st_mode`.
    ///   - owner: Its `st_uid`.
    ///   - reader: The user who reads it, by `geteuid`.
    /// - Returns: Whether it is.
    public static func isPrivate(mode: UInt32, owner: UInt32, reader: UInt32) -> Bool {
        let forbidden: UInt32 = owner == 0 && reader != 0 ? 0o037 : 0o077
        return mode & forbidden == 0
    }
}
