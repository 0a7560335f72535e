/// A function that is fed bytes, and says where they break a promise.
///
/// The fuzzer (Tests/Fuzz) feeds it what it invents; FuzzCorpusTests feeds it what the fuzzer
/// kept. A trap is a finding by itself, and so is an error that is not in the module's own enum:
/// typed throws see to that. What the functions look for is a wrong answer.
public struct FuzzTarget: Sendable {
    /// The name of its corpus: Tests/Fuzz/corpus/<name>/.
    public let name: String
    let check: @Sendable ([UInt8]) throws(Finding) -> Void

    /// Every target, in the order of the modules.
    public static let all = [
        json, mergePatch, csv, httpRequest, httpChunks, httpResponse, webSocketHandshake,
        webSocketFrames, webSocketMessages, inflate, logNames, logEvents, literals, options,
        serverMessages, clientMessages, dataRules, hubRequests, tokens, keySets, webhookHeaders,
        serviceMessages, grants, sources, forwarded,
    ]

    /// Feeds the target.
    ///
    /// - Parameter input: Any bytes.
    /// - Throws: What promise they break.
    public func run(_ input: [UInt8]) throws(Finding) {
        try check(input)
    }
}

/// A promise that was broken.
public struct Finding: Error, CustomStringConvertible {
    public let description: String
}

/// Holds two answers to be the same.
func same<Answer: Equatable>(
    _ one: Answer, _ other: Answer, _ promise: @autoclosure () -> String
) throws(Finding) {
    guard one != other else { return }
    throw Finding(description: "\(promise()): \(one) and \(other)")
}

/// Holds something to be so.
func hold(_ isSo: Bool, _ promise: @autoclosure () -> String) throws(Finding) {
    guard isSo else { throw Finding(description: promise()) }
}
