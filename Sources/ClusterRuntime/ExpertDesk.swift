// What a rank's experts do with the rows that have come to them: they compute beside the loop, so
// that chunks that are due meanwhile do not wait for them.

import ClusterModel
import EventLoop
import Exchange
import MoELayer

/// A rank's experts at work on the parts of one exchange, in the parts' order, whichever came first:
/// gradients are added so, and no part goes back before those in front of it have been computed.
final class ExpertDesk {
    private let segment: StepSegment
    private let trainer: RankTrainer
    private let places: RowPlaces
    private let aside: Aside?
    /// Parts that have come and that nobody has begun.
    private var arrived: Set<Int> = []
    /// The part that is next.
    private var next = 0
    private var underWay: SideWork?

    /// Lets work be done beside the loop; the closure is called in one of the loop's turns after.
    typealias Aside = (SideWork, @escaping () -> Void) -> Void

    /// Without `aside` all is computed when it is asked for.
    init(_ segment: StepSegment, trainer: RankTrainer, places: RowPlaces, aside: Aside?) {
        self.segment = segment
        self.trainer = trainer
        self.places = places
        self.aside = aside
    }

    /// A part has come whole.
    func take(part: Int) {
        arrived.insert(part)
        begin()
    }

    /// Whether anything that has come is not yet answered.
    var isAtWork: Bool { underWay != nil || arrived.contains(next) }

    /// Returns once all that has come is answered.
    func finish() {
        stop()
        while arrived.remove(next) != nil {
            answer(part: next)
            next += 1
        }
    }

    /// Returns once nothing is computed beside the loop; what has come is left as it is.
    func stop() {
        underWay?.finish()
        underWay = nil
    }

    private func begin() {
        guard let aside, underWay == nil, arrived.remove(next) != nil else { return }
        let part = next
        next += 1
        let work = SideWork { self.answer(part: part) }
        underWay = work
        aside(work) { [self] in
            // Who could not wait for it has gone on.
            guard underWay === work else { return }
            underWay = nil
            begin()
        }
    }

    private func answer(part: Int) {
        let sources = places.sources
        let came = sources.map { places.read(part, from: $0) }
        for (source, rows) in zip(sources, trainer.answers(segment, part: part, came)) {
            places.write(rows, part, to: source)
        }
        places.keepAnswered(part)
    }
}
