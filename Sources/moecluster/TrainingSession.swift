import ClusterModel
import ClusterRuntime
import Glibc
import MoELayer
import Report
import ResultFiles
import Statistics
import TokenData

/// One training run: steps, checkpoints, the held-out text at the end.
struct TrainingSession {
    struct Options {
        /// The folder of checkpoints; none are kept without it.
        var folder: String?
        var checkpointEvery: Int
        var stopAfter: Int?
        var resumes: Bool
        /// Steps between two looks at the held-out text; 0: only after the last.
        var heldOutEvery: Int
        /// Whether runs of several capacity factors share the folder.
        var isSweep: Bool
    }

    private let settings: TrainingSettings
    private let options: Options
    private let console: Console
    private let text: TrainingText

    init(
        settings: TrainingSettings,
        corpus: Corpus,
        options: Options,
        console: Console
    ) throws {
        self.settings = settings
        self.options = options
        self.console = console
        text = try settings.text(of: corpus)
    }

    func run() throws -> TrainingRow {
        var training = try settings.training(try startState(), frequencies: text.frequencies)
        var recorder = QualityRecorder(settings)
        try takeUp(training, &recorder)
        var wall: [Double] = []
        while training.state.step < last {
            let step = training.state.step
            let ranks = settings.layout.ranks
            let batches = ranks.map { text.lesson(of: $0, step: step, ranks: ranks.count) }
            let start = Self.now
            let outcome = training.train(batches)
            guard outcome.loss.isFinite else {
                throw TrainingDivergence(run: "\(name), seed \(settings.seed)", step: step)
            }
            wall.append(Double(Self.now - start) / 1e6)
            recorder.record(outcome, step: step)
            console.progress(
                "\(name), seed \(settings.seed): step \(step + 1) of \(settings.steps), "
                    + "loss \(Self.rounded(outcome.loss))"
            )
            if training.state.step.isMultiple(of: options.checkpointEvery) {
                try save(training, recorder)
            }
            if options.heldOutEvery > 0, training.state.step.isMultiple(of: options.heldOutEvery) {
                look(training, &recorder)
            }
        }
        try save(training, recorder)
        if recorder.heldOut.last?.step != training.state.step { look(training, &recorder) }
        return row(training, recorder, wall: wall)
    }

    /// The step that the run ends with.
    private var last: Int { min(settings.steps, options.stopAfter ?? settings.steps) }

    /// Goes once through the held-out text.
    private func look(_ training: LocalTraining, _ recorder: inout QualityRecorder) {
        let outcomes = (0..<text.heldOut.stepsPerPass).map {
            training.evaluate(batches(of: text.heldOut, step: $0))
        }
        let look = HeldOutLook(outcomes, by: settings, isLast: training.state.step >= last)
        recorder.record(look, step: training.state.step)
    }

    /// Untrained, or where the folder's checkpoint left off.
    private func startState() throws -> TrainingState {
        var state = settings.initialState
        guard options.resumes, let file = checkpointFile else { return state }
        let bytes = try WholeFile.read(file)
        do throws(Checkpoint.Problem) {
            try Checkpoint(bytes).restore(&state, settings: settings.text)
        } catch {
            throw TokenDataError(file: file, problem: "\(error); start anew without --resume")
        }
        console.info("\(file): going on after step \(state.step)")
        return state
    }

    /// What was recorded up to the checkpoint that the run goes on from.
    ///
    /// A record may know of later steps: it is written before its checkpoint.
    private func takeUp(_ training: LocalTraining, _ recorder: inout QualityRecorder) throws {
        let step = training.state.step
        guard options.resumes, let file = recordFile, step > 0 else { return }
        guard RecordFile.exists(file) else {
            console.warning("\(file) is missing: steps before \(step) are in no curve")
            return
        }
        var record = try RecordFile.read(LearnedRecord.self, from: file)
        record.series = record.series.filter { $0.step < step }
        // Where the run was stopped it may have looked at the held-out text for once.
        record.heldOut = record.heldOut.filter { $0.step < step }
        // A run that went on without its record has left one that begins where it went on.
        if let first = record.series.first?.step, first > 0 {
            console.warning("\(file) begins with step \(first): steps before are in no curve")
        } else if record.series.count < step {
            let known = record.series.count
            console.warning("\(file) knows \(known) of \(step) steps: the others are in no curve")
        }
        recorder.restore(record)
        if options.heldOutEvery > 0, step.isMultiple(of: options.heldOutEvery) {
            look(training, &recorder)
        }
    }

    private func save(_ training: LocalTraining, _ recorder: QualityRecorder) throws {
        guard let file = checkpointFile, let record = recordFile else { return }
        try RecordFile.write(recorder.kept(elapsed: 0), to: record)
        let checkpoint = Checkpoint(training.state, settings: settings.text)
        try WholeFile.write(checkpoint.bytes, to: file)
    }

    private var checkpointFile: String? {
        options.folder.map { folder in
            // Runs of a sweep differ in nothing else.
            let factor = options.isSweep ? "-cf\(settings.routing.capacityFactor)" : ""
            return "\(folder)/\(name)\(factor)-\(settings.seed).checkpoint"
        }
    }

    private var recordFile: String? {
        checkpointFile.map { $0.dropLast("checkpoint".count) + "record.json" }
    }

    private var name: String { settings.candidate.name }

    private func batches(of part: TrainingText.Part, step: Int) -> [SequenceBatch] {
        settings.layout.ranks.map { part.sequences(of: $0, step: step) }
    }

    private func row(
        _ training: LocalTraining,
        _ recorder: QualityRecorder,
        wall: [Double]
    ) -> TrainingRow {
        let quality = recorder.quality(plannedSteps: settings.steps)
        let tally = recorder.heldOutTally
        return TrainingRow(
            router: name,
            seed: settings.seed,
            steps: training.state.step,
            stepsPlanned: settings.steps,
            sharding: settings.sharding.rawValue,
            capacityScope: settings.scope.rawValue,
            capacityFactor: settings.routing.capacityFactor,
            trainLoss: quality.trainLoss,
            heldOutLoss: quality.heldOutLoss,
            keptShare: tally.keptShare,
            awayChosenShare: tally.awayChosenShare,
            awayKeptShare: tally.awayKeptShare,
            loadMaxOverMean: tally.loadMaxOverMean,
            stepWallMs: Quantile.linear(0.5, of: wall) ?? 0,
            lossByStep: recorder.series.map(\.trainLoss),
            quality: quality
        )
    }

    private static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    private static func rounded(_ loss: Double) -> String {
        "\((loss * 1000).rounded() / 1000)"
    }
}
