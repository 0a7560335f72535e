// The fuzzer's way in: one binary for all targets, chosen by CAMPANA_FUZZ_TARGET. It is built by
// Tests/Fuzz/run only, with -sanitize=fuzzer, which brings the main function.

import FuzzTargets
import Glibc

private let target: FuzzTarget = {
    let name = unsafe getenv("CAMPANA_FUZZ_TARGET").map { unsafe String(cString: $0) }
    guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
        fatalError("CAMPANA_FUZZ_TARGET is none of \(FuzzTarget.all.map(\.name))")
    }
    return target
}()

/// Called by libFuzzer for each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    do throws(Finding) {
        try target.run(input)
    } catch {
        fatalError("\(target.name): \(error)")
    }
    return 0
}
