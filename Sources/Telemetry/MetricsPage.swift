extension HubMetrics {
    /// The media type of ``page(of:)``.
    public static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    /// The body of `/metrics`, in Prometheus' text format 0.0.4.
    ///
    /// - Parameter instances: One for each thread that counts; their numbers are added.
    /// - Returns: UTF-8.
    public static func page(of instances: [HubMetrics]) -> [UInt8] {
        let columns = instances.map(\.all)
        guard let table = columns.first else { return [] }
        var page: [UInt8] = []
        page.reserveCapacity(8192)
        for (row, metric) in table.enumerated() {
            page.append(contentsOf: "# HELP \(metric.name) \(metric.help)\n".utf8)
            page.append(contentsOf: "# TYPE \(metric.name) \(metric.type.rawValue)\n".utf8)
            var sums = metric.values
            for column in columns.dropFirst() {
                for (index, value) in column[row].values.enumerated() { sums[index] &+= value }
            }
            metric.append(samples: sums, to: &page)
        }
        return page
    }

    /// The text of docs/metrics.md.
    public static var reference: String {
        var lines = [
            "# Metrics",
            "",
            "<!-- Printed from Sources/Telemetry/HubMetrics.swift by `make docs`. -->",
            "",
            "`GET /metrics` shows these in Prometheus' text format. No label grows with what",
            "clients do: there is none for a group, a consumer or an address.",
            "",
            "| metric | type | what it says |",
            "|---|---|---|",
        ]
        lines += HubMetrics().all.map {
            "| `\($0.name)` | \($0.type.rawValue) | \($0.help) |"
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
