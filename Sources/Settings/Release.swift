/// What is released together: both programs, and the papers beside them.
public enum Release {
    /// The number of the release, after Semantic Versioning.
    public static let version = "0.1.0"
}
