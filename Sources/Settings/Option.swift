/// What an option shows to users, apart from where its value goes.
public struct OptionFace: Sendable {
    /// Where an option may stand; each place overrides those before it.
    public enum Places: Sendable {
        case fileAndVariableAndFlag
        case variableAndFlag
        case flag
    }

    /// In kebab case; the flag, the variable and the key in the file are derived from it.
    public let name: String
    /// What stands for its value; `nil` for a switch, which takes none.
    public let placeholder: String?
    /// What it does, in a few words without a full stop.
    public let help: String
    /// What happens at the bound that it sets, in the same form; `nil` where it sets none.
    public let past: String?
    /// The heading under which it is listed.
    public let section: String
    public let places: Places
    /// As a user would write it; empty where there is none.
    public let defaultText: String
    public let isRepeatable: Bool
    /// Left out of every listing.
    public let isHidden: Bool

    public var flag: String { "--\(name)" }

    public var variable: String {
        "CAMPANA_" + String(name.uppercased().map { $0 == "-" ? "_" : $0 })
    }

    public var key: String { String(name.map { $0 == "-" ? "_" : $0 }) }
}

/// One row of a table of options: an option, every face that it shows, and where it is kept.
public struct Option<Target>: Sendable {
    public let face: OptionFace
    let set: @Sendable (_ value: Written, inout Target) throws(Misfit) -> Void

    /// A value as it was written.
    struct Written {
        var text: String
        /// Whether an earlier one of the same place is kept: that of a repeatable option.
        var isAnother: Bool
    }

    /// A text that is no value of the option; it completes "…is not".
    struct Misfit: Error {
        var expectation: String
    }

    /// Makes an option with a value.
    ///
    /// - Parameters:
    ///   - name: In kebab case.
    ///   - path: Where the value goes.
    ///   - kind: How it is written.
    ///   - section: The heading under which it is listed.
    ///   - places: Where it may stand.
    ///   - defaults: What holds where it stands nowhere.
    ///   - isHidden: Whether it is left out of every listing.
    ///   - help: What it does.
    ///   - past: What happens at the bound that it sets.
    init<Value: Sendable>(
        _ name: String, _ path: WritableKeyPath<Target, Value> & Sendable,
        _ kind: ValueKind<Value>, section: String,
        places: OptionFace.Places = .fileAndVariableAndFlag, default defaults: Target,
        isHidden: Bool = false, help: String, past: String? = nil
    ) {
        face = OptionFace(
            name: name, placeholder: kind.placeholder, help: help, past: past, section: section,
            places: places, defaultText: kind.show(defaults[keyPath: path]), isRepeatable: false,
            isHidden: isHidden)
        set = { value, target throws(Misfit) in
            guard let read = kind.read(value.text) else {
                throw Misfit(expectation: kind.expectation)
            }
            target[keyPath: path] = read
        }
    }

    /// Makes an option that may be given more than once; one value may hold several, with
    /// commas between.
    ///
    /// - Parameters:
    ///   - name: In kebab case.
    ///   - path: Where the values go.
    ///   - kind: How each is written.
    ///   - section: The heading under which it is listed.
    ///   - places: Where it may stand.
    ///   - defaults: What holds where it stands nowhere.
    ///   - mayBeOff: Whether `off` stands for none.
    ///   - takesCommas: Whether a comma is a part of a value, so that each is given on its own.
    ///   - help: What it does.
    ///   - past: What happens at the bound that it sets.
    init<Element: Sendable>(
        _ name: String, each path: WritableKeyPath<Target, [Element]> & Sendable,
        _ kind: ValueKind<Element>, section: String,
        places: OptionFace.Places = .fileAndVariableAndFlag, default defaults: Target,
        mayBeOff: Bool = false, takesCommas: Bool = false, help: String, past: String? = nil
    ) {
        let expectation = kind.expectation + (mayBeOff ? ", or \"off\"" : "")
        face = OptionFace(
            name: name, placeholder: kind.placeholder, help: help, past: past, section: section,
            places: places,
            defaultText: defaults[keyPath: path].map(kind.show).joined(separator: ","),
            isRepeatable: true, isHidden: false)
        set = { value, target throws(Misfit) in
            var elements = value.isAnother ? target[keyPath: path] : []
            if mayBeOff, value.text == "off" {
                target[keyPath: path] = []
                return
            }
            let pieces =
                takesCommas
                ? [value.text[...]]
                : value.text.split(separator: ",", omittingEmptySubsequences: false)
            for piece in pieces {
                guard let element = kind.read(String(piece)) else {
                    throw Misfit(expectation: expectation)
                }
                elements.append(element)
            }
            target[keyPath: path] = elements
        }
    }

    /// Makes a switch: a flag without a value.
    init<Value: Sendable>(
        switch name: String, _ path: WritableKeyPath<Target, Value> & Sendable, to on: Value,
        section: String, help: String
    ) {
        face = OptionFace(
            name: name, placeholder: nil, help: help, past: nil, section: section, places: .flag,
            defaultText: "", isRepeatable: false, isHidden: false)
        set = { _, target throws(Misfit) in target[keyPath: path] = on }
    }
}
