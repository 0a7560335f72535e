/// The candidate that is most like `name`; `nil` if none is near enough to be meant.
///
/// Near is one slip in three letters, and never more than three.
func nearest(to name: String, among candidates: [String]) -> String? {
    let reach = min(3, max(1, name.utf8.count / 3))
    return
        candidates
        .map { (candidate: $0, distance: editDistance(Array(name.utf8), Array($0.utf8))) }
        .filter { $0.distance <= reach }
        .min { $0.distance < $1.distance }?
        .candidate
}

/// How many letters must be put in, left out, changed, or swapped with their neighbour, to
/// make one word of the other.
///
/// The "optimal string alignment" form of the Damerau-Levenshtein distance.
func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for (row, letter) in left.enumerated() {
        var current = [row + 1]
        for (column, other) in right.enumerated() {
            var best = min(last[column + 1] + 1, current[column] + 1)
            best = min(best, last[column] + (letter == other ? 0 : 1))
            if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
                best = min(best, beforeLast[column - 1] + 1)
            }
            current.append(best)
        }
        beforeLast = last
        last = current
    }
    return last[right.count]
}
