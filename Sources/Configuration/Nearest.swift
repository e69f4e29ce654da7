// "Did you mean …?"

/// The candidate nearest to `word`, if any lies near enough to be what was meant.
func nearest(to word: String, among candidates: [String]) -> String? {
    let folded = fold(word)
    // A third of the letters may be wrong: `hiden` finds `hidden`, `zeal` does not find `peak`.
    let limit = (folded.count + 1) / 3
    let distances = candidates.map { (name: $0, distance: editDistance(folded, fold($0))) }
    guard let best = distances.min(by: { $0.distance < $1.distance }) else { return nil }
    return best.distance <= limit ? best.name : nil
}

/// Those of `candidates` that are nearest to `word`, however far; several if they are as near.
func nearestOnes(to word: String, among candidates: [String]) -> [String] {
    let distances = candidates.map { editDistance(fold(word), fold($0)) }
    return zip(candidates, distances).filter { $0.1 == distances.min() }.map(\.0)
}

private func fold(_ word: String) -> [Character] {
    word.lowercased().map { $0 == "-" ? "_" : $0 }
}

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b` (optimal
/// string alignment).
func editDistance(_ a: [Character], _ b: [Character]) -> Int {
    var rows = [Array(0...b.count)]
    for i in a.indices {
        var row = [i + 1]
        for j in b.indices {
            let replaced = rows[i][j] + (a[i] == b[j] ? 0 : 1)
            var best = min(replaced, rows[i][j + 1] + 1, row[j] + 1)
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                best = min(best, rows[i - 1][j - 1] + 1)
            }
            row.append(best)
        }
        rows.append(row)
    }
    return rows[a.count][b.count]
}
