import Foundation
import Testing

@testable import Settings

@Suite("The tables of options and commands")
struct TableTests {
    @Test("every option of the hub has a name, a help and a place of its own")
    func hubOptions() {
        let faces = HubSettings.options.map(\.face)
        #expect(Set(faces.map(\.name)).count == faces.count)
        for face in faces {
            #expect(face.name.allSatisfy { $0.isLowercase || $0 == "-" }, "\(face.name)")
            #expect(!face.help.isEmpty && !face.help.hasSuffix("."), "\(face.name)")
            #expect(face.flag == "--" + face.name)
        }
    }

    @Test("every field of HubSettings is one option, and every option one field")
    func fields() {
        let fields = Mirror(reflecting: HubSettings()).children.compactMap(\.label)
        let names = HubSettings.options.map { option in
            option.face.name.split(separator: "-").enumerated()
                .map { $0 == 0 ? String($1) : $1.capitalized }.joined()
        }
        #expect(names.sorted() == fields.sorted())
    }

    @Test("every default, written as it is shown, is the default")
    func defaults() throws {
        for option in HubSettings.options where !option.face.defaultText.isEmpty {
            var settings = HubSettings()
            try option.set(.init(text: option.face.defaultText, isAnother: false), &settings)
            #expect(settings == HubSettings(), "\(option.face.name)")
        }
    }

    @Test("every option that bounds something says what happens at its bound")
    func bounds() {
        for face in HubSettings.options.map(\.face) {
            let isBound =
                ["Limits", "Time-outs"].contains(face.section) || face.name.hasPrefix("max-")
                || face.name.hasSuffix("-timeout") || face.name.hasSuffix("-age")
            #expect(!isBound || face.past != nil, "\(face.name)")
            #expect(face.past.map { !$0.isEmpty && !$0.hasSuffix(".") } ?? true, "\(face.name)")
        }
    }

    @Test("flag, variable and key are derived from the name")
    func faces() throws {
        let face = try #require(
            HubSettings.options.map(\.face).first { $0.name == "max-body-bytes" })
        #expect(face.flag == "--max-body-bytes")
        #expect(face.variable == "CAMPANA_MAX_BODY_BYTES")
        #expect(face.key == "max_body_bytes")
    }

    @Test("every command can be found, has an example that begins with it, and options of its own")
    func commands() throws {
        for command in Command.all {
            #expect(try Command.find(command.words) == command)
            #expect(command.examples.contains { $0.line.contains("campana \(command.name)") })
            let flags = (command.options + ClientInvocation.options.map(\.face)).map(\.flag)
            #expect(Set(flags).count == flags.count, "\(command.name)")
        }
    }

    @Test("exit codes have names and tell themselves apart")
    func statuses() {
        #expect(Set(ExitStatus.allCases.map(\.rawValue)).count == ExitStatus.allCases.count)
        #expect(ExitStatus.allCases.allSatisfy { (0...255).contains($0.rawValue) })
    }
}

@Suite("What is printed from the tables")
struct ManualTests {
    @Test("examples come before all else, and every option is there")
    func help() throws {
        let help = Manual.hub.help
        let examples = try #require(help.firstRange(of: "Examples:"))
        let usage = try #require(help.firstRange(of: "Usage: campanad"))
        #expect(examples.lowerBound < usage.lowerBound)
        for option in HubSettings.options {
            #expect(help.contains("  \(option.face.flag) "), "\(option.face.name)")
        }
        #expect(!help.contains("--print"))
    }

    @Test("help fits a terminal of 80 columns", arguments: [nil] + Command.all.map(Optional.some))
    func width(_ command: Command?) {
        for line in Manual.help(of: command).split(separator: "\n") {
            #expect(line.count <= 80, "\(line)")
        }
    }

    @Test(
        "no line of a manual page is a request by accident", arguments: [Manual.hub, Manual.client])
    func roff(_ manual: Manual) {
        let requests = [".\\\"", ".TH ", ".SH ", ".SS ", ".TP", ".B ", ".PP"]
        for line in manual.page(section: 1).split(separator: "\n")
        where ".'".contains(line.prefix(1)) {
            #expect(requests.contains { line.hasPrefix($0) }, "\(line)")
        }
    }

    @Test(
        "the documents are as the tables say; `make docs` prints them anew",
        arguments: [
            ("configuration.md", Manual.hub.reference),
            ("limits.md", Manual.hub.limits),
            ("man/campanad.8", Manual.hub.page(section: 8)),
            ("campana.md", Manual.client.reference),
            ("man/campana.1", Manual.client.page(section: 1)),
        ])
    func documents(_ name: String, _ expected: String) throws {
        let docs = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../docs")
        let text = try String(contentsOf: docs.appending(path: name).standardized, encoding: .utf8)
        #expect(text == expected, "docs/\(name) differs")
    }
}

@Suite("The nearest right name")
struct EditDistanceTests {
    @Test(
        "a slip is a letter put in, left out, changed, or swapped with its neighbour",
        arguments: [
            ("tail", "tail", 0), ("tial", "tail", 1), ("tal", "tail", 1), ("taail", "tail", 1),
            ("tall", "tail", 1), ("", "tail", 4), ("tail", "", 4), ("kitten", "sitting", 3),
        ])
    func distance(_ left: String, _ right: String, _ expected: Int) {
        #expect(editDistance(Array(left.utf8), Array(right.utf8)) == expected)
    }

    @Test("what is too far away is not meant")
    func far() {
        #expect(nearest(to: "listen", among: ["data", "echo"]) == nil)
        #expect(nearest(to: "lsiten", among: ["data", "listen"]) == "listen")
    }
}
