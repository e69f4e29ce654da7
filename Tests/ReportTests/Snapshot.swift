// Whole texts as they were read and found good. A change here is a change of what people see.

/// Expected texts.
enum Snapshot {
    /// `compare` of four routers.
    static let fourRouters = """
        locmoe+ sends 58 % fewer bytes between nodes than switch and its step takes 0.613x the time (95 %
        interval 0.605 to 0.621). It drops 14.0 % of the token-expert pairs, switch 11.0 %.

        Time, emulated
        router  step time            vs switch all-to-all dispatch   bound efficiency simulated differs
                  p50, µs          mean [95 %]    of step  p50, µs p50, µs  bound/p50   p50, µs    p50s
        switch    1,702.7                    1       15 %    131.3   123.4     94.0 %   1,695.9  +0.4 %
        hash        971.9 0.572 [0.566, 0.578]       18 %    90.68   85.24     94.0 %     968.0  +0.4 %
        locmoe    1,268.1 0.742 [0.730, 0.753]       10 %    68.73   64.61     94.0 %   1,263.0  +0.4 %
        locmoe+   1,045.9 0.613 [0.605, 0.621]        8 %    46.20   43.43     94.0 %   1,041.7  +0.4 %

        Traffic of a step, both exchanges
        router      local  intra-node  inter-node  vs baseline   dropped  expert load  rank load
                 mean, MB    mean, MB    mean, MB   inter-node  of pairs     max/mean   max/mean
        switch       7.17       22.10       30.46        1.000    11.0 %         2.10       1.77
        hash         8.70       24.78       33.48        1.099     0.2 %         1.06       1.04
        locmoe      22.22       20.37       19.14        0.628     8.0 %         1.60       1.42
        locmoe+     25.39       19.62       12.69        0.417    14.0 %         1.45       1.32

        legend     step time: start to the last rank's finish. vs: mean of the paired ratios of step times
                   on identical tokens, with its Student-t interval. dispatch: the first exchange, its
                   slowest rank. bound: what no exchange of these bytes can beat, with relays where its
                   algorithm relays. differs: measured against simulated step time. bytes: payload, 1 MB =
                   1e6 B. load: tokens of the busiest over the mean.

        verdict    trusted: lateness of 9,600 chunks and late ends p50 0 µs, p99 1.05 µs (0.61 % of the
                   median dispatch), max 1.44 µs, emulated; host CPU 31 % busy
        verified   150,220 token-expert pairs followed there and back (2.5 GB), 0 wrong
        dilation   1,200: 8 ranks at 25 GB/s each would move 200 GB/s; 35 % of the probed 5.1 GB/s are 1.8
        time       measured steps 49.91 ms emulated; all steps 48.3 s wall-clock, 71.9 s more without
                   fast-forward; launch 412 ms wall-clock

        """

    /// `run` of one router, interrupted, with everything that can be reported.
    static let trouble = """
        A step of hash takes 971.9 µs (p50 of 10 steps, emulated), 18 % of it in All-to-All, and sends 33.5
        MB between nodes.

        Time, emulated
        router  step time  vs baseline  all-to-all  dispatch    bound  efficiency  simulated  differs
                  p50, µs  mean [95 %]     of step   p50, µs  p50, µs   bound/p50    p50, µs     p50s
        hash        971.9            -        18 %     90.68    85.24      94.0 %      968.0   +0.4 %

        Traffic of a step, both exchanges
        router     local  intra-node  inter-node  vs baseline   dropped  expert load  rank load
                mean, MB    mean, MB    mean, MB   inter-node  of pairs     max/mean   max/mean
        hash        8.70       24.78       33.48        1.000     0.2 %         1.06       1.04

        legend     step time: start to the last rank's finish. vs: mean of the paired ratios of step times
                   on identical tokens, with its Student-t interval. dispatch: the first exchange, its
                   slowest rank. bound: what no exchange of these bytes can beat, with relays where its
                   algorithm relays. differs: measured against simulated step time. bytes: payload, 1 MB =
                   1e6 B. load: tokens of the busiest over the mean.

        verdict    suspect: lateness of 9,600 chunks and late ends p50 0 µs, p99 1.05 µs (0.61 % of the
                   median dispatch), max 1.44 µs, emulated; host CPU 31 % busy; raise dilation to 2400
        verified   40,870 token-expert pairs followed there and back (669.6 MB), 3 wrong
        dilation   1,200: 8 ranks at 25 GB/s each would move 200 GB/s; 35 % of the probed 5.1 GB/s are 1.8
        time       measured steps 9.76 ms emulated; all steps 48.3 s wall-clock, 71.9 s more without
                   fast-forward; launch 412 ms wall-clock
        outcome    interrupted
        tokens     2 lost, 0 duplicated
        leaks      left behind: 0 processes, 1 sockets, 0 shared-memory segments
        refused    1,204 foreign connections: wrong secret: 1,204

        """

    /// `bench alltoall` of two cases.
    static let bench = """
        # W2 hot rank: 8 ranks on 2 nodes, 58.7 MB an exchange
        algorithm        time     time     time  transfer   wait  simul.  differs   bound    bound  effic.
                      p50, µs  p90, µs  p99, µs        µs     µs      µs      p50  direct  relayed  bd/p50
        direct          178.2    179.1    179.9     160.5  17.70   177.8   0.22 %   167.8    120.3  94.2 %
        hierarchical    231.7    232.8    233.9     208.7  23.01   231.1   0.22 %   218.1    156.4  94.2 %
        auto            178.2    179.1    179.9     160.5  17.70   177.8   0.22 %   167.8    120.3  94.2 %
        # auto chose direct

        # W0 balanced: 8 ranks on 2 nodes, 58.7 MB an exchange
        algorithm     time     time     time  transfer   wait  simul.  differs   bound    bound  effic.
                   p50, µs  p90, µs  p99, µs        µs     µs      µs      p50  direct  relayed  bd/p50
        direct       356.4    358.2    359.8     321.0  35.40   355.6   0.22 %   335.5    240.6  94.2 %

        case            algorithm  algbw  busbw  wrong     late     late     late   CPU    wall
                                    GB/s   GB/s  bytes  p50, µs  p99, µs  max, µs  busy  in all
        W2 hot rank        direct  41.19  36.04      0        0     0.61     1.40  31 %  912 ms
        W2 hot rank  hierarchical  41.19  36.04      0        0     0.61     1.40  31 %  912 ms
        W2 hot rank          auto  41.19  36.04      0        0     0.61     1.40  31 %  912 ms
        W0 balanced        direct  41.19  36.04      0        0     0.61     1.40  31 %  912 ms

        # Times are emulated, of the slowest rank, over iterations. transfer: what its own bytes
        # need at its links' rates; wait: the rest. simul.: the same machines in virtual time;
        # differs: p50 of the differences. bound: direct, and with relays through node mates;
        # effic.: the bound that holds for the algorithm / p50. algbw = busiest rank's bytes / time;
        # busbw = algbw (n - 1) / n; both emulated. late: delivery behind the model.
        # Wrong bytes: 0 OK

        """
}
