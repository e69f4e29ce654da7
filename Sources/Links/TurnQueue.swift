// Who is next at a port. A flow asks for a turn when its next chunk is there and its last one has
// left; turns are given in the order of asking. Flows that are ready together thus take turns, a
// chunk at a time, and share the port fairly.

import ClusterModel
import DequeModule
import HeapModule

/// A flow that asks for a turn, by its number in the port.
struct Turn: Comparable {
    let asked: Instant
    let flow: Int32

    static func < (a: Turn, b: Turn) -> Bool {
        (a.asked.picoseconds, a.flow) < (b.asked.picoseconds, b.flow)
    }
}

/// The flows of one stage at one port that ask for turns.
struct TurnQueue {
    let stage: Int32
    /// Flows that were there when the stage began, all asking at once.
    private var first: Range<Int32> = 0..<0
    private var firstAsked = Instant.zero
    /// Flows that had a turn and ask again: departures only grow, so they stand in order.
    private var again = Deque<Turn>()
    /// Flows that ask at an instant of their own.
    private var late = Heap<Turn>()

    init(stage: Int32) { self.stage = stage }

    var isEmpty: Bool { first.isEmpty && again.isEmpty && late.isEmpty }

    /// Flows of consecutive numbers that all ask at `instant`; once for a stage.
    mutating func begin(_ flows: Range<Int32>, at instant: Instant) {
        invariant(first.isEmpty, "stage \(stage) begins twice at a port")
        first = flows
        firstAsked = instant
    }

    mutating func ask(_ flow: Int32, at instant: Instant) {
        late.insert(Turn(asked: instant, flow: flow))
    }

    /// The flow that has just been served, at its departure.
    mutating func askAgain(_ flow: Int32, at departure: Instant) {
        again.append(Turn(asked: departure, flow: flow))
    }

    private enum Line {
        case first
        case late
        case again
    }

    /// Whose turn is next: the earliest asked, newcomers before those that had a turn.
    private var head: (turn: Turn, line: Line)? {
        var best: (turn: Turn, line: Line)?
        if let flow = first.first { best = (Turn(asked: firstAsked, flow: flow), .first) }
        if let turn = late.min, best.map({ turn.asked < $0.turn.asked }) ?? true {
            best = (turn, .late)
        }
        if let turn = again.first, best.map({ turn.asked < $0.turn.asked }) ?? true {
            best = (turn, .again)
        }
        return best
    }

    var next: Turn? { head?.turn }

    /// Gives the next turn away.
    mutating func take() -> Turn? {
        guard let (turn, line) = head else { return nil }
        switch line {
        case .first: first = first.dropFirst()
        case .late: late.removeMin()
        case .again: again.removeFirst()
        }
        return turn
    }
}
