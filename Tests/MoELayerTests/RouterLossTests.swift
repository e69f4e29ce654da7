import Glibc
import MoELayer
import Testing

@Suite struct `Router losses` {
    private let means = [0.1, 0.2, 0.3, 0.4]

    private func expect(_ seen: [Double], _ known: [Double]) {
        #expect(zip(seen, known).allSatisfy { abs($0 - $1) < 1e-12 })
    }

    @Test func `auxiliary, against numpy`() {
        let (loss, gradient) = RouterLosses.auxiliary(shares: [0.25, 0, 0.25, 0.5], means: means)
        #expect(abs(loss - 1.2) < 1e-12)
        expect(gradient, [1, 0, 1, 2])
    }

    @Test func `locality, against numpy`() {
        let known: [(Double, Double, [Double])] = [
            (
                0.1, 1.5256935345303364,
                [
                    -0.5581446180465499, 0.13500256251339537, 3.4849066497880004,
                    3.772588722239781,
                ]
            ),
            (
                0.01, 3.123618873856967,
                [
                    -0.604425370610556, 0.08872180994938927, 5.787491742782046,
                    6.075173815233827,
                ]
            ),
        ]
        for (smoothing, expected, slopes) in known {
            let local = RouterLosses.local(
                isLocal: [true, true, false, false],
                smoothing: smoothing
            )
            let (loss, gradient) = RouterLosses.locality(current: means, local: local)
            #expect(abs(loss - expected) < 1e-12)
            expect(gradient, slopes)
        }
    }

    @Test func `locality is 0 where the distributions are equal, and positive elsewhere`() {
        let local = RouterLosses.local(isLocal: [true, false, false], smoothing: 0.2)
        #expect(abs(RouterLosses.locality(current: local, local: local).0) < 1e-15)
        #expect(RouterLosses.locality(current: [0, 0.5, 0.5], local: local).0 > 1)
        #expect(RouterLosses.locality(current: [0, 0.5, 0.5], local: local).1[0].isFinite)
    }

    @Test func `the local distribution sums to 1, and is flat where nothing is local`() {
        for isLocal in [[true, false, true], [false, false, false], [true, true, true]] {
            let local = RouterLosses.local(isLocal: isLocal, smoothing: 0.3)
            #expect(abs(local.reduce(0, +) - 1) < 1e-15)
            #expect(local.allSatisfy { $0 >= 0.1 - 1e-15 })
        }
        #expect(RouterLosses.local(isLocal: [false, false], smoothing: 0.1) == [0.5, 0.5])
    }
}
