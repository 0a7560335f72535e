import Log
import Reactor

private let things = Collection(rawValue: "things")

extension EngineConformance {
    static let transactionChecks = [
        ConformanceCheck("an append is answered with its place and seen by all") { fixture in
            let place = try fixture.engine.publish("a", payload: #"{"n":1}"#)[0]
            try equal(place.cursor, Cursor(epoch: fixture.engine.epoch, position: 1))
            try equal(place.seq, 1)
            try equal(place.at, fixture.clock.now)
            let event = try fixture.engine.pageAndWait(.earliest, ["a"]).events[0]
            let wanted =
                #"{"type":"t","group":"a","seq":1,"cursor":"\#(place.cursor.text)","#
                + #""timestamp":"2026-01-15T10:00:00.123Z","data":{"n":1}}"#
            try equal(String(decoding: event.json, as: UTF8.self), wanted)
            try equal(event.type, "t")
        },
        ConformanceCheck("seq is contiguous in each group, positions in all") { fixture in
            let places = try ["a", "b", "a", "a", "b"].map { try fixture.engine.publish($0)[0] }
            try equal(places.map(\.seq), [1, 1, 2, 3, 2])
            try equal(places.map(\.cursor.position), [1, 2, 3, 4, 5])
        },
        ConformanceCheck("a body sees its own writes, in its own order") { fixture in
            let drafts = [try draft("a"), try draft("a")]
            let isAsWanted = try fixture.engine.transactAndWait { transaction throws(EngineError) in
                try transaction.put(things, "k", [1])
                let first = try transaction.append(drafts[0])
                let second = try transaction.append(drafts[1])
                let isSeen = try transaction.record(things, "k") == [1]
                return .commit(
                    isSeen && first.seq == 1 && second.seq == 2 && transaction.head == 2)
            }
            try equal(isAsWanted, true)
        },
        ConformanceCheck("what is refused leaves no trace, and its answer is given") { fixture in
            let event = try draft("a")
            let answer = try fixture.engine.transactAndWait { transaction throws(EngineError) in
                try transaction.append(event)
                try transaction.put(things, "k", [1])
                try transaction.append(event)
                return .refuse("no")
            }
            try equal(answer, "no")
            try equal(try fixture.engine.readAndWait { s throws(EngineError) in s.head }, 0)
            try equal(
                try fixture.engine.readAndWait { s throws(EngineError) in
                    try s.record(things, "k")
                }, nil)
            try equal(try fixture.engine.publish("a")[0].seq, 1, "seq after a refusal")
            try fixture.restart()
            try equal(fixture.observed.events.map(\.position), [1])
        },
        ConformanceCheck("what throws leaves no trace, and others go on") { fixture in
            let event = try draft("a")
            let result: Result<Int, EngineError> = firstAnswer { reply in
                fixture.engine.transact(
                    { transaction throws(EngineError) in
                        try transaction.put(things, "k", [1])
                        try transaction.append(event)
                        throw .unavailable("for a test")
                    }, reply: reply)
            }
            try equal(result, .failure(.unavailable("for a test")))
            try equal(try fixture.engine.publish("a")[0].cursor.position, 1)
        },
        ConformanceCheck("a refusal among commits undoes only its own") { fixture in
            let event = try draft("a")
            let answers = WorkQueue<Int>(capacity: 100)
            for n in 0..<60 {
                fixture.engine.transact({ transaction throws(EngineError) in
                    try transaction.put(things, "k\(n)", [UInt8(n)])
                    try transaction.append(event)
                    return n % 3 == 0 ? .refuse(n) : .commit(n)
                }) { answers.send((try? $0.get()) ?? -1) }
            }
            var order: [Int] = []
            while order.count < 60 { order += answers.receive() }
            try equal(order, Array(0..<60), "the order of the replies")
            let page = try fixture.engine.pageAndWait(.earliest, ["a"])
            try equal(page.events.map(\.seq), Array(1...40))
            try equal(page.events.map(\.position), Array(1...40))
            let count = try fixture.engine.readAndWait { s throws(EngineError) in
                try s.count(things, prefix: "k")
            }
            try equal(count, 40)
        },
        ConformanceCheck("the observer gets every event once, in order, after its reply") {
            fixture in
            let event = try draft("a")
            let observed = fixture.observed
            let isEarly = Locked(false)
            let answers = WorkQueue<Bool>(capacity: 1000)
            for _ in 0..<500 {
                fixture.engine.transact({ transaction throws(EngineError) in
                    .commit(try transaction.append(event).cursor.position)
                }) { result in
                    let position = (try? result.get()) ?? 0
                    let isSeen = observed.batches.last.map { $0.through >= position } ?? false
                    if isSeen { isEarly.withLock { $0 = true } }
                    answers.send(true)
                }
            }
            var count = 0
            while count < 500 { count += answers.receive().count }
            try fixture.restart()
            try equal(isEarly.withLock { $0 }, false, "observed before the reply")
            try equal(observed.events.map(\.position), Array(1...500))
            try equal(observed.batches.allSatisfy { $0.through == $0.events.last?.position }, true)
        },
        ConformanceCheck("a clock that steps back harms neither order nor look-ups") { fixture in
            let start = fixture.clock.now
            try fixture.engine.publish("a")
            fixture.clock.now = start - .seconds(3600)
            try fixture.engine.publish("a")
            fixture.clock.now = start + .seconds(1)
            try fixture.engine.publish("a")
            let page = try fixture.engine.pageAndWait(.earliest, ["a"])
            try equal(page.events.map(\.at), [start, start, start + .seconds(1)])
            let late = try fixture.engine.pageAndWait(.at(start + .milliseconds(1)), ["a"])
            try equal(late.events.map(\.position), [3])
        },
    ]
}
