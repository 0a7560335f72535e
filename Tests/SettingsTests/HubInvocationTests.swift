import Settings
import Telemetry
import Testing

@Suite("The daemon's command line, variables and file")
struct HubInvocationTests {
    @Test("nothing said means the defaults")
    func defaults() throws {
        #expect(try settings() == HubSettings())
    }

    @Test("flags override variables, and variables the file")
    func order() throws {
        let file = "max_connections = 1\nqueue-bytes=8KiB\nlog_level=error\n"
        let settings = try settings(
            ["--config", "c", "--max-connections=3"],
            ["CAMPANA_MAX_CONNECTIONS": "2", "CAMPANA_LOG_LEVEL": "debug"], files: ["c": file])
        #expect(settings.maxConnections == 3)
        #expect(settings.logLevel == .debug)
        #expect(settings.queueBytes == 8192)
        #expect(settings.config == "c")
    }

    @Test("a variable can name the file, and a flag another one")
    func configOfVariable() throws {
        let files = ["a": "loops=1", "b": "loops=2"]
        #expect(try settings([], ["CAMPANA_CONFIG": "a"], files: files).loops == 1)
        #expect(try settings(["--config", "b"], ["CAMPANA_CONFIG": "a"], files: files).loops == 2)
    }

    @Test("a repeatable option adds up within one place, and replaces the others")
    func repeatable() throws {
        let file = "listen=127.0.0.1:1\nlisten=127.0.0.1:2"
        #expect(
            try settings(["--config", "c"], files: ["c": file]).listen
                == ["127.0.0.1:1", "127.0.0.1:2"])
        #expect(
            try settings(
                ["--listen", "127.0.0.1:3,[::1]:4", "--listen=unix:/s"], ["CAMPANA_LISTEN": "a:9"]
            )
            .listen == ["127.0.0.1:3", "[::1]:4", "unix:/s"])
    }

    @Test("a list may be off; unix stands for socket files")
    func lists() throws {
        #expect(try settings().limitExempt.map(\.text) == ["127.0.0.0/8", "::1"])
        #expect(try settings(["--limit-exempt", "off"]).limitExempt.isEmpty)
        #expect(try settings(["--limit-exempt", "10.0.0.0/8,::1"]).limitExempt.count == 2)
        #expect(
            try settings(["--limit-exempt", "off", "--limit-exempt", "10.0.0.1"]).limitExempt
                .map(\.text) == ["10.0.0.1"])
        #expect(throws: SettingsError.self) { try settings(["--limit-exempt", "10.0.0.1,off"]) }
        #expect(throws: SettingsError.self) { try settings(["--trusted-proxy", "off"]) }
        let proxies = try settings(["--trusted-proxy", "unix,10.0.0.0/8"]).trustedProxy
        #expect(proxies.first == .socketFile && proxies.count == 2)
    }

    @Test("the last of two flags counts")
    func last() throws {
        #expect(try settings(["--data", "a", "--data", "b"]).data == "b")
    }

    @Test("a file has comments, empty lines, white space and either line end")
    func file() throws {
        let text = "# a comment\r\n\r\n  data =  /var/lib/with = sign \r\n"
        let settings = try settings(["--config", "c"], files: ["c": text])
        #expect(settings.data == "/var/lib/with = sign")
    }

    @Test(
        "what is asked for instead of running",
        arguments: [
            (["--help"], .help), (["-h", "--lisen"], .help), (["--version"], .version),
            (["--print", "man"], .print(.man)), (["--print=markdown"], .print(.markdown)),
        ] as [([String], HubInvocation)])
    func instead(_ arguments: [String], _ expected: HubInvocation) throws {
        #expect(try parse(arguments) == expected)
    }

    @Test(
        "a wrong flag is told with its value and what would be right",
        arguments: [
            (["--lisen", "a:1"], "--lisen: there is no such option; did you mean --listen?"),
            (
                ["--mx-body-bytes=1"],
                "--mx-body-bytes: there is no such option; did you mean --max-body-bytes?"
            ),
            (["--zzzzzzzzz"], "--zzzzzzzzz: there is no such option"),
            (["--data"], "--data: needs a value: --data DIR"),
            (["--data", "--echo"], "--data: needs a value: --data DIR"),
            (["extra"], "extra: there is no such command"),
            (["key"], "key: there is no such command; did you mean keys?"),
            (["--", "--data"], "--data: there is no such command"),
            (
                ["--max-message-bytes", "64KB"],
                "--max-message-bytes: \"64KB\" is not a size such as 65536, 64KiB or 1MiB, at least 1KiB"
            ),
            (
                ["--ping-interval=25"],
                "--ping-interval: \"25\" is not a duration such as 500ms, 25s, 10m, 24h or 7d"
            ),
            (["--on-slow", "wait"], "--on-slow: \"wait\" is not one of catch-up, disconnect"),
            (["--compression", "yes"], "--compression: \"yes\" is not \"on\" or \"off\""),
            (
                ["--loops", "1025"], "--loops: \"1025\" is not a whole number from 0 to 1024"
            ),
        ])
    func wrongFlag(_ arguments: [String], _ expected: String) {
        #expect(fault { try parse(arguments) } == expected)
    }

    @Test("a wrong variable is told by its name; a foreign one is let be")
    func variables() throws {
        #expect(
            fault { try settings([], ["CAMPANA_MAX_BODY_BYTES": "big"]) }
                == "CAMPANA_MAX_BODY_BYTES: \"big\" is not a size such as 65536, 64KiB or 1MiB, at least 1KiB"
        )
        #expect(
            fault { try settings([], ["CAMPANA_LISTN": "a:1"]) }
                == "CAMPANA_LISTN: there is no such variable; did you mean CAMPANA_LISTEN?")
        let foreign = [
            "CAMPANA_URL": "x", "CAMPANA_COLOR": "x", "CAMPANA_PORT": "tcp://10.0.0.1:80",
            "CAMPANA_SERVICE_HOST": "10.0.0.1", "PATH": "/bin",
        ]
        #expect(try settings([], foreign) == HubSettings())
    }

    @Test(
        "a wrong line of the file is told by its number",
        arguments: [
            ("\nfoo", "c:2: \"foo\" is not NAME=value"),
            (
                "# x\nping_intervall=1s",
                "c:2: ping_intervall: there is no such key; did you mean ping_interval?"
            ),
            ("config=d", "c:1: config: there is no such key"),
            ("print=man", "c:1: print: there is no such key"),
            (
                "loops=1\nping_interval=25",
                "c:2: ping_interval: \"25\" is not a duration such as 500ms, 25s, 10m, 24h or 7d"
            ),
        ])
    func wrongLine(_ text: String, _ expected: String) {
        #expect(fault { try settings(["--config", "c"], files: ["c": text]) } == expected)
    }

    @Test("a file that is not there is told by the place that names it")
    func noFile() {
        #expect(
            fault { try settings(["--config", "/c"]) } == "--config: cannot read \"/c\": not there")
        #expect(
            fault { try settings([], ["CAMPANA_CONFIG": "/c"]) }
                == "CAMPANA_CONFIG: cannot read \"/c\": not there")
    }

    @Test("campanad keys takes the hub's own places: flag before variable before file")
    func keysPlaces() throws {
        let files = ["c": "data=/f\naudit=/f.log\nuser=campana\n"]
        func hub(_ arguments: [String], _ environment: [String: String] = [:]) throws -> HubSettings
        {
            guard
                case .keys(let request?) = try parse(
                    ["keys"] + arguments, environment, files: files)
            else {
                Issue.record("it is none of keys")
                return HubSettings()
            }
            return request.hub
        }
        #expect(try hub(["list"]).data == HubSettings().data)
        let file = try hub(["list"], ["CAMPANA_CONFIG": "c"])
        #expect((file.data, file.audit, file.user) == ("/f", "/f.log", "campana"))
        #expect(try hub(["list", "--config", "c"], ["CAMPANA_DATA": "/v"]).data == "/v")
        #expect(
            try hub(["list", "--data", "/d", "--config", "c"], ["CAMPANA_DATA": "/v"]).data == "/d")
    }

    @Test(
        "what campanad keys cannot take is said",
        arguments: [
            ([], "keys: takes create, list, or revoke ID; see campanad keys --help"),
            (["drop"], "keys: takes create, list, or revoke ID; see campanad keys --help"),
            (["list", "a"], "keys list: \"a\" is too much; see campanad keys --help"),
            (["revoke"], "keys revoke: takes one ID or name, as campanad keys list shows them"),
            (["list", "--name"], "--name: needs a value: --name TEXT"),
            (["list", "--listen", "a:1"], "--listen: there is no such option"),
        ])
    func wrongKeys(_ arguments: [String], _ expected: String) {
        #expect(fault { try parse(["keys"] + arguments) } == expected)
    }

    @Test("campanad keys says how it is used", arguments: ["--help", "-h", "help"])
    func keysHelp(_ word: String) throws {
        #expect(try parse(["keys", word]) == .keys(nil))
    }

    private func parse(
        _ arguments: [String], _ environment: [String: String] = [:], files: [String: String] = [:]
    ) throws(SettingsError) -> HubInvocation {
        try HubInvocation.parse(arguments: arguments, environment: environment) {
            path throws(UnreadableFile) in
            guard let text = files[path] else { throw UnreadableFile(reason: "not there") }
            return text
        }
    }

    private func settings(
        _ arguments: [String] = [], _ environment: [String: String] = [:],
        files: [String: String] = [:]
    ) throws -> HubSettings {
        guard case .run(let settings) = try parse(arguments, environment, files: files) else {
            Issue.record("it does not run")
            return HubSettings()
        }
        return settings
    }

    private func fault(_ body: () throws -> some Any) -> String? {
        do {
            _ = try body()
            return nil
        } catch {
            return "\(error)"
        }
    }
}
