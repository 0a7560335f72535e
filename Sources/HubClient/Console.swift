import Bytes
import Reactor
import Settings

/// Where a program's words go: data to standard output, the rest to standard error.
public struct Console: Sendable {
    public static let standardOutput: Int32 = 1
    public static let standardError: Int32 = 2

    public let isOutputTerminal: Bool
    public let isErrorTerminal: Bool
    public let hasOutputColor: Bool
    public let hasErrorColor: Bool

    public init(color: ColorChoice) {
        isOutputTerminal = Files.isTerminal(Self.standardOutput)
        isErrorTerminal = Files.isTerminal(Self.standardError)
        hasOutputColor = color == .always || (color == .auto && isOutputTerminal)
        hasErrorColor = color == .always || (color == .auto && isErrorTerminal)
    }

    /// Writes a line of data.
    ///
    /// - Parameter line: Without its newline.
    /// - Throws: The quiet end where nobody reads any more; else the failure.
    func print(_ line: String) throws(CompanionError) {
        do throws(SystemError) {
            try Files.write(Array(line.utf8) + [ASCII.lf], to: Self.standardOutput)
        } catch {
            throw CompanionError(writing: error)
        }
    }

    /// Shows people a line of their own data's, or a part of one; what they do not get is lost.
    ///
    /// - Parameter text: With its newline, where there is to be one.
    func show(_ text: String) {
        do throws(SystemError) {
            try Files.write(Array(text.utf8), to: Self.standardError)
        } catch {
            // As below.
        }
    }

    /// Tells people something; what they do not get is lost.
    public func tell(_ text: String) {
        do throws(SystemError) {
            // A hub's words are in it, and may not command the terminal.
            try Files.write(
                Array("campana: \(VisibleText.of(text))\n".utf8), to: Self.standardError)
        } catch {
            // Nobody can be told that nobody can be told.
        }
    }
}

/// Why a command can not go on: what to say, and how to end.
struct CompanionError: Error, Equatable {
    var status: ExitStatus
    /// Empty for a quiet end.
    var message: String

    init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }

    /// A reader that has gone, as `head` does, is no failure.
    init(writing error: SystemError) {
        self =
            error.isBrokenPipe ? .init(.ok, "") : .init(.failure, "cannot write: \(error.reason)")
    }
}
