extension [UInt8] {
    /// Appends the octets of `span`.
    mutating func append(_ span: Span<UInt8>) {
        append(addingCapacity: span.count) { output in
            for index in span.indices { output.append(span[index]) }
        }
    }
}
