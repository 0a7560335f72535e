import CSV
import Reactor
import Settings

/// The batches of a file, read as they are asked for.
final class ImportSource {
    /// As it is shown.
    let name: String
    /// In bytes; `nil` where there is no telling.
    let size: Int?
    private(set) var readBytes = 0
    private let request: ClientAction.Import
    /// Kept open; `nil` for standard input.
    private let file: FileDescriptor?
    private let descriptor: Int32
    private var batches: ImportBatches
    private var buffer = [UInt8](repeating: 0, count: 65_536)
    private var filled = 0
    private var offset = 0
    private var isEnded = false

    init(_ request: ClientAction.Import) throws(CompanionError) {
        self.request = request
        name = request.path ?? "(standard input)"
        batches = ImportBatches(request)
        guard let path = request.path else {
            file = nil
            descriptor = 0
            size = nil
            return
        }
        let opened = try Self.open(path)
        size = Files.size(opened.rawValue)
        descriptor = opened.rawValue
        file = consume opened
    }

    private static func open(_ path: String) throws(CompanionError) -> FileDescriptor {
        do throws(SystemError) {
            return try Files.open(reading: path)
        } catch {
            throw CompanionError(.failure, "\(path): \(error.reason)")
        }
    }

    /// What stands between fields, once the first batch was read.
    var separator: CSV.Separator { batches.separator ?? .comma }

    /// Whether it can be read a second time.
    var isRewindable: Bool { size != nil }

    /// The next batch; `nil` at the end.
    ///
    /// - Throws: What is wrong with the header; a file that cannot be read.
    func next() throws(CompanionError) -> ImportBatch? {
        while !isEnded {
            if let batch = try parsed() { return batch }
            try fill()
        }
        return try parsed { batches throws(CSV.Fault) in try batches.finish() }
    }

    /// Begins again at the front.
    func rewind() throws(CompanionError) {
        do throws(SystemError) {
            try Files.rewind(descriptor)
        } catch {
            throw CompanionError(.failure, "\(name): \(error.reason)")
        }
        batches = ImportBatches(request)
        (readBytes, filled, offset, isEnded) = (0, 0, 0, false)
    }

    private func parsed() throws(CompanionError) -> ImportBatch? {
        let read = buffer
        return try parsed { batches throws(CSV.Fault) in
            try batches.next(read.span.extracting(..<filled), from: &offset)
        }
    }

    private func fill() throws(CompanionError) {
        do throws(SystemError) {
            filled = try Files.read(descriptor, into: &buffer)
        } catch {
            throw CompanionError(.failure, "\(name): \(error.reason)")
        }
        readBytes += filled
        offset = 0
        isEnded = filled == 0
    }

    private func parsed(
        _ next: (inout ImportBatches) throws(CSV.Fault) -> ImportBatch?
    ) throws(CompanionError) -> ImportBatch? {
        do throws(CSV.Fault) {
            return try next(&batches)
        } catch {
            throw CompanionError(
                .failure, "\(name):\(error.line):\(error.column): \(error.reason)")
        }
    }
}
