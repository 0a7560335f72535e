import Testing

@testable import Reactor

@Suite("Who may read a secret's file")
struct SecretModeTests {
    @Test(
        "its owner alone, and the group of what root has given",
        arguments: [
            (0o100600, 7, 7, true), (0o100400, 7, 7, true), (0o010600, 7, 7, true),
            (0o100640, 7, 7, false), (0o100604, 7, 7, false), (0o100620, 7, 7, false),
            (0o100610, 7, 7, false), (0o100602, 7, 7, false), (0o100666, 7, 7, false),
            // Root's own.
            (0o100600, 0, 0, true), (0o100640, 0, 0, false), (0o100644, 0, 0, false),
            // What root has given to another: a credential of systemd, a secret of Kubernetes.
            (0o100440, 0, 7, true), (0o100640, 0, 7, true), (0o100660, 0, 7, false),
            (0o100444, 0, 7, false), (0o100450, 0, 7, false),
            // What another user has given is none of root's.
            (0o100440, 8, 7, false),
        ] as [(UInt32, UInt32, UInt32, Bool)])
    func modes(_ mode: UInt32, _ owner: UInt32, _ reader: UInt32, _ isPrivate: Bool) {
        #expect(SecretMode.isPrivate(mode: mode, owner: owner, reader: reader) == isPrivate)
    }
}
