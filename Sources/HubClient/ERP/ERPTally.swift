import JSON
import Log

/// What a run has done.
struct ERPTally: Equatable {
    var articles = ImportTally()
    var stock = ImportTally()
    /// Movements that the ERP has now.
    var sent = 0
    /// Movements that it did not take.
    var refused = 0
    /// Why the run ended early; empty where it did not.
    var failure = ""

    var isGood: Bool {
        failure.isEmpty && refused == 0 && articles.rejected == 0 && stock.rejected == 0
    }

    /// One line for people.
    var summary: String {
        let text =
            "articulos: \(articles.counts); stock: \(stock.counts); "
            + "movimientos: \(sent) sent, \(refused) refused"
        return failure.isEmpty ? text : "\(text); \(failure)"
    }

    /// What is posted to the hub's log of integrations.
    ///
    /// - Parameters:
    ///   - system: What the ERP is called.
    ///   - next: When it is done again; `nil` for nobody knows.
    /// - Returns: JSON.
    func entry(of system: String, next: Timestamp?) -> [UInt8] {
        var json = JSON.Writer()
        json.object { json in
            json.member("sistema", system)
            json.member("tipo", "erp-sync")
            json.member("estado", isGood ? "SINCRONIZADO" : "ERROR")
            json.member("datos_enviados") { json in
                json.object { $0.member("movimientos", sent) }
            }
            json.member("datos_recibidos") { json in
                json.object { json in
                    json.member("articulos", articles.rows)
                    json.member("stock", stock.rows)
                    json.member("rechazados", articles.rejected + stock.rejected + refused)
                }
            }
            json.member("error", isGood ? "" : summary)
            if let next { json.member("proxima_sincronizacion", next.rfc3339) }
        }
        return json.bytes
    }
}

extension ImportTally {
    /// The counts of rows, in words.
    var counts: String {
        "\(created) created, \(updated) updated, \(unchanged) unchanged, \(rejected) rejected"
    }
}
