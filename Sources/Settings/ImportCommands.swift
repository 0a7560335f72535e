extension Command {
    static let importFile = Command(
        "import", "FILE|-", "import articles or stock from a CSV file", initial: ImportRequest(),
        options: [
            option(
                "tipo", \.kind, ValueKind.choice.optional(),
                "what the rows are; it has to be given"),
            Option(
                switch: "dry-run", \.action.isDryRun, to: true, section: "Options",
                help: "say what would be imported and what is at fault; change nothing"),
            option(
                "mode", \.action.mode, .choice,
                "'all': nothing is imported where a row is at fault; 'skip': the other rows are"),
            option("encoding", \.action.encoding, .choice, "how the file's characters are written"),
            option("separator", \.action.separator, .choice, "what stands between its fields"),
            option(
                "batch", \.action.batchRows, .count(1...2000),
                "rows of one request, which is one transaction"),
            option(
                "key", \.action.key, ValueKind.text.named("KEY").optional(),
                "imports a file anew that was imported before; the same key does not"),
        ],
        examples: [
            Example(
                "campana import --tipo articulos articulos.csv",
                "all of it, or nothing where a row is at fault"),
            Example(
                "campana import --tipo stock --dry-run stock.csv",
                "what it would do, and what is wrong"
            ),
            Example(
                "cat stock.csv | campana import --tipo stock --mode skip -",
                "from another program, without the rows at fault"),
        ]
    ) { request, operands throws(SettingsError) in
        guard let kind = request.kind else {
            throw SettingsError(
                place: "import", fault: "needs --tipo articulos or --tipo stock")
        }
        var action = request.action
        action.kind = kind
        if operands[0] != "-" { action.path = operands[0] }
        return .importFile(action)
    }

    static let synchroniseERP = Command(
        "erp-sync", "", "synchronise articles, stock and movements with an ERP",
        initial: ClientAction.ERPSync(),
        options: [
            option(
                "erp", \.erp, ValueKind.text.named("URL"),
                "where the ERP is: its /api/articulos, /api/stock and /api/movimientos are used"),
            option(
                "erp-key-file", \.keyFile, ValueKind.text.named("FILE").optional(),
                "file that holds the ERP's key; without it, the variable CAMPANA_ERP_KEY"),
            option(
                "every", \.every, ValueKind.duration.optional(),
                "go on for ever, one run after the other at this interval"),
            option(
                "state", \.state, ValueKind.text.named("FILE").optional(),
                "file that keeps how far it has come; one for each hub and ERP by itself"),
            option(
                "system", \.system, ValueKind.text.named("NAME"),
                "what the ERP is called in the hub's log"),
        ],
        examples: [
            Example(
                "campana erp-sync --erp http://erp:8080 --erp-key-file /etc/campana/erp.key",
                "one run"),
            Example(
                "campana erp-sync --erp http://erp:8080 --every 1h",
                "each hour; the key stands in CAMPANA_ERP_KEY"),
        ]
    ) { request, _ throws(SettingsError) in
        guard !request.erp.isEmpty else {
            throw SettingsError(
                place: "erp-sync", fault: "needs --erp URL, as in --erp http://erp:8080")
        }
        return .synchroniseERP(request)
    }
}

/// What `campana import` is asked before it is known that it says enough.
struct ImportRequest: Initial, Sendable {
    var kind: ClientAction.Import.Kind?
    var action = ClientAction.Import()
}

extension ClientAction.ERPSync: Initial {}
