// links.csv: what crossed each directed link, for each router.

/// The columns of links.csv, and a reader of its rows.
public enum LinksCSV {
    /// The first line, without a line end.
    public static let header = CSV.row([
        "router", "from_rank", "to_rank", "link_class", "payload_bytes", "busy_us",
    ])

    /// One link's line, without a line end.
    public static func row(_ link: LinkRecord) -> String {
        CSV.row([
            link.router, "\(link.from)", "\(link.to)", link.linkClass, "\(link.bytes)",
            "\(link.busyUs)",
        ])
    }

    /// The link that a line stands for; `nil` if it is not a line of links.csv.
    public static func link(from row: some StringProtocol) -> LinkRecord? {
        guard
            let fields = CSV.fields(of: row), fields.count == 6,
            let from = Int(fields[1]), let to = Int(fields[2]),
            let bytes = Int(fields[4]), let busyUs = Double(fields[5])
        else { return nil }
        return LinkRecord(
            router: fields[0],
            from: from,
            to: to,
            linkClass: fields[3],
            bytes: bytes,
            busyUs: busyUs
        )
    }
}
