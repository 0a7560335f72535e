/// A list that nearly always has one element, which then stands in it without an allocation.
public struct Few<Element> {
    @usableFromInline var first: Element?
    @usableFromInline var rest: [Element] = []

    @inlinable
    public init() {}
}

extension Few: Sendable where Element: Sendable {}

extension Few: RandomAccessCollection, MutableCollection, RangeReplaceableCollection {
    @inlinable
    public var startIndex: Int { 0 }

    @inlinable
    public var endIndex: Int { first == nil ? 0 : 1 + rest.count }

    @inlinable
    public subscript(index: Int) -> Element {
        get {
            guard index == 0, let first else { return rest[index - 1] }
            return first
        }
        set {
            if index == 0, first != nil { first = newValue } else { rest[index - 1] = newValue }
        }
    }

    @inlinable
    public mutating func append(_ element: Element) {
        if first == nil { first = element } else { rest.append(element) }
    }

    @inlinable
    public mutating func replaceSubrange<New: Swift.Collection<Element>>(
        _ range: Range<Int>, with elements: New
    ) {
        var all = Array(self)
        all.replaceSubrange(range, with: elements)
        first = all.first
        rest = all.count > 1 ? Array(all.dropFirst()) : []
    }
}
