import Foundation
import Telemetry
import Testing
import Time

@Suite("The table of metrics")
struct MetricsTableTests {
    let table = HubMetrics().all

    @Test("every declared metric is shown, in the order of its declaration")
    func complete() {
        let metrics = HubMetrics()
        let declared = Mirror(reflecting: metrics).children.compactMap { $0.value as? any Metric }
        #expect(declared.map { "\($0.name)" } == metrics.all.map { "\($0.name)" })
    }

    @Test("names follow Prometheus: base units, _total for counters alone, and none twice")
    func names() {
        let names = table.map { "\($0.name)" }
        #expect(Set(names).count == names.count)
        for metric in table {
            let name = "\(metric.name)"
            #expect(name.hasPrefix("campana_") || name.hasPrefix("process_"))
            #expect(name.hasSuffix("_total") == (metric.type == .counter), "\(name)")
            if metric.type == .histogram { #expect(name.hasSuffix("_seconds")) }
            #expect("\(metric.help)".hasSuffix("."), "\(name)")
            for unit in ["_ms", "_milliseconds", "_kib", "_minutes"] {
                #expect(!name.contains(unit), "\(name)")
            }
        }
    }

    @Test("the values of a label count from 0, as a family takes them")
    func labels() {
        #expect(ConnectionUse.allCases.map(\.rawValue) == Array(0..<ConnectionUse.allCases.count))
        #expect(StatusClass.allCases.map(\.rawValue) == Array(0..<StatusClass.allCases.count))
    }

    @Test(
        "the class of a status",
        arguments: [
            (99, .informational), (100, .informational), (101, .informational), (204, .successful),
            (304, .redirection), (404, .clientError), (503, .serverError), (600, .serverError),
        ] as [(Int, StatusClass)])
    func classes(_ code: Int, _ expected: StatusClass) {
        #expect(StatusClass(code: code) == expected)
    }

    @Test("docs/metrics.md is as the table says; `make docs` prints it anew")
    func document() throws {
        let docs = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../docs")
        let file = docs.appending(path: "metrics.md").standardized
        #expect(try String(contentsOf: file, encoding: .utf8) == HubMetrics.reference)
    }
}

@Suite("The page of metrics")
struct MetricsPageTests {
    @Test("adds up what each thread has counted")
    func sums() {
        let threads = [HubMetrics(), HubMetrics(), HubMetrics()]
        threads[0].deliveries.add(5)
        threads[2].deliveries.add(7)
        threads[0].connections[.websocket].add(3)
        threads[1].connections[.websocket].add(-1)
        threads[1].requests[.clientError].add()
        threads[0].residentBytes.set(4096)
        let lines = page(threads)
        #expect(lines.contains("campana_deliveries_total 12"))
        #expect(lines.contains("campana_connections{use=\"websocket\"} 2"))
        #expect(lines.contains("campana_connections{use=\"sse\"} 0"))
        #expect(lines.contains("campana_http_requests_total{class=\"4xx\"} 1"))
        #expect(lines.contains("process_resident_memory_bytes 4096"))
    }

    @Test("describes each metric once, before its samples")
    func described() {
        let lines = page([HubMetrics()])
        let types = lines.filter { $0.hasPrefix("# TYPE ") }
        #expect(types.count == HubMetrics().all.count)
        #expect(lines.contains("# TYPE campana_http_request_seconds histogram"))
        #expect(lines.contains("# HELP campana_loop_turns_total Turns of all event loops."))
    }

    @Test("no thread, no page")
    func empty() {
        #expect(HubMetrics.page(of: []).isEmpty)
    }

    @Test("a histogram's buckets hold those below them, at the bound and beyond it")
    func histogram() {
        let metrics = [HubMetrics(), HubMetrics()]
        let start = Instant(nanoseconds: 7)
        for (index, duration) in [
            Duration.microseconds(100), .nanoseconds(100_001), .milliseconds(2), .seconds(60),
            .seconds(-1),
        ].enumerated() {
            metrics[index % 2].requestSeconds.observe(from: start, to: start.advanced(by: duration))
        }
        let lines = page(metrics)
        #expect(lines.contains("campana_http_request_seconds_bucket{le=\"0.0001\"} 2"))
        #expect(lines.contains("campana_http_request_seconds_bucket{le=\"0.00025\"} 3"))
        #expect(lines.contains("campana_http_request_seconds_bucket{le=\"0.0025\"} 4"))
        #expect(lines.contains("campana_http_request_seconds_bucket{le=\"10\"} 4"))
        #expect(lines.contains("campana_http_request_seconds_bucket{le=\"+Inf\"} 5"))
        #expect(lines.contains("campana_http_request_seconds_sum 60.002200001"))
        #expect(lines.contains("campana_http_request_seconds_count 5"))
    }

    @Test("bounds grow")
    func bounds() {
        #expect(Histogram.bounds == Histogram.bounds.sorted())
        #expect(Set(Histogram.bounds).count == Histogram.bounds.count)
    }

    private func page(_ threads: [HubMetrics]) -> [String] {
        String(decoding: HubMetrics.page(of: threads), as: UTF8.self)
            .split(separator: "\n").map(String.init)
    }
}
