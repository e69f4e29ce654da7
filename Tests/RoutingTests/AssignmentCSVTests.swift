import ClusterModel
import Routing
import Testing

@Suite struct `Assignments as CSV` {
    @Test func `have a header and a row for each pair, dropped ones too`() throws {
        let batch = Samples.angled([(1, 0), (3, -4), (2, 0)])
        let assignment = try Samples.router(
            .locmoePlus,
            Samples.settings(threshold: 0.5),
            experts: 2,
            batch: batch,
            capacity: 1
        ).assign(batch)
        let weight = assignment.pairs[0].weight
        #expect(
            AssignmentCSV.text(assignment) == """
                token,expert,score,weight,position,kept,reason
                0,0,1.0,\(weight),0,1,
                1,0,\(assignment.pairs[1].score),\(assignment.pairs[1].weight),-1,0,threshold
                2,0,1.0,\(weight),-1,0,capacity

                """
        )
    }
}
