import Glibc
import Testing

/// The table that the README shows, for `tools/bench-behaviour`.
struct FiguresTests {
    private static let routers: [Course] = [.hash, .switch, .locmoe, .locmoePlus]

    private static var courses: [(String, Course)] {
        let special: [(String, Course)] = [
            ("2x8, 2,048 classes", .commonWords), ("2x8, α 0", .collapsing),
        ]
        let clusters = [(2, 8), (4, 4), (8, 2)].flatMap { nodes, npus in
            routers.map { ("\(nodes)x\(npus)", $0.on(nodes, npus)) }
        }
        let alone = routers.map { ("2x8, own slots", $0.alone) }
        let beyond = routers.map { ("16x1, 8 experts twice, own slots", $0.replicated(16, 1)) }
        return special + clusters + alone + beyond
    }

    @Test(.enabled(if: getenv("BEHAVIOUR_FIGURES") != nil))
    func `the figures of every course`() async throws {
        for (name, course) in Self.courses {
            let learned = try await Results.all.of(course)
            let figures: [(Learned) -> Double] = [
                \.loadOfClass, \.loadAtStart, \.loadAtEnd, \.loss, \.computed, \.awayOfComputed,
                \.away, \.step, \.expert, \.exchange,
            ]
            let cells = figures.map { figure in
                "\((learned.mean(figure) * 1000).rounded() / 1000)"
            }
            print("| \(name) | \(course.router) | " + cells.joined(separator: " | ") + " |")
        }
    }
}
