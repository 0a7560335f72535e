import Bytes
import HubClient
import Settings

extension FuzzTarget {
    /// Options in a file, variables and flags: read, or refused at their place.
    ///
    /// The input is the file, the variables and the arguments, parted by NULs; the last two a
    /// line each.
    static let options = FuzzTarget(name: "options") { input throws(Finding) in
        let parts = input.split(separator: 0, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        let file = parts[0]
        let variables = parts.count > 1 ? lines(parts[1]) : []
        let arguments = parts.count > 2 ? lines(parts[2]) : []
        var environment: [String: String] = [:]
        for line in variables {
            guard let mark = line.firstIndex(of: "=") else { continue }
            environment[String(line[..<mark])] = String(line[line.index(after: mark)...])
        }
        let asked = Result { () throws(SettingsError) in
            try HubInvocation.parse(
                arguments: ["--config", "/campana.conf"] + arguments, environment: environment
            ) { path throws(UnreadableFile) in
                guard path == "/campana.conf" else { throw UnreadableFile(reason: "none") }
                return file
            }
        }
        try checkWords(asked.error)
        let client = Result { () throws(SettingsError) in
            try ClientInvocation.parse(arguments: arguments, environment: environment)
        }
        try checkWords(client.error)
    }

    /// Addresses, blocks, numbers and base64 as people write them: what is taken means one thing.
    static let literals = FuzzTarget(name: "literals") { input throws(Finding) in
        let text = String(decoding: input, as: UTF8.self)
        if let block = AddressBlock(text) {
            try hold(block.contains(block.address), "a block holds its own address: \(text)")
            try hold((0...128).contains(block.prefixLength), "\(block.prefixLength) bits")
        }
        if let number = parseDecimal(input) {
            let digits = input.drop { $0 == ASCII.zero }
            let shown = digits.isEmpty ? "0" : String(decoding: digits, as: UTF8.self)
            try same("\(number)", shown, "a number is its digits")
        }
        try same(
            Base64.decode(Base64.encode(input)), input, "what is encoded in base64 is decoded")
        if let octets = Base64.decode(text) {
            try same(Base64.encode(octets), text, "there is one way to write octets in base64")
        }
        switch Result(catching: { () throws(AddressError) in try HubAddress(text) }) {
        case .success(let address):
            try hold(
                address.host.utf8.allSatisfy { (0x21...0x7E).contains($0) },
                "a host can stand in a field: \(address.host)")
            try hold(
                address.prefix.utf8.allSatisfy { (0x21...0x7E).contains($0) },
                "a path can stand in a request: \(address.prefix)")
        case .failure(let error):
            try hold(!error.description.isEmpty, "an error has words")
        }
    }

    private static func lines(_ text: String) -> [String] {
        text.split(separator: "\n").map(String.init)
    }

    private static func checkWords(_ error: SettingsError?) throws(Finding) {
        guard let error else { return }
        try hold(!error.fault.isEmpty, "an error has words: \(error)")
    }
}

extension Result {
    /// Why it failed.
    var error: Failure? {
        if case .failure(let error) = self { error } else { nil }
    }
}
