import Evaluation
import Testing

@Suite struct `Warnings before a run` {
    private func sentences(fixed: Double?, workers: Int) -> [String] {
        TrustWarning.sentences(
            fixed: fixed,
            auto: 1200,
            workers: workers,
            largest: (256, "cores")
        )
    }

    @Test func `are none where nothing speaks against it`() {
        #expect(sentences(fixed: nil, workers: 256).isEmpty)
        #expect(sentences(fixed: 1200, workers: 8).isEmpty)
    }

    @Test func `name the dilation that the host needs`() {
        #expect(
            sentences(fixed: 100.5, workers: 8) == [
                "a dilation of 100.5 is below the 1200 that this host needs: the run will be "
                    + "suspect; take 1200 or \"auto\""
            ]
        )
    }

    @Test func `name the most workers`() {
        #expect(sentences(fixed: nil, workers: 257).first?.contains("more than the 256") == true)
        #expect(sentences(fixed: 1, workers: 257).count == 2)
    }
}
