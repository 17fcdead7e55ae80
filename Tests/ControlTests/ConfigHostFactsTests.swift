import Control
import Glibc
import Testing
import Units

@Suite("What is true of this host is read from the kernel")
struct ConfigHostFactsTests {
  @Test("Capabilities from /proc/PID/status")
  func capabilities() {
    #expect(Capabilities.missing(status: "Name:\tx\nCapEff:\t000001ffffffffff\n") == [])
    #expect(
      Capabilities.missing(status: "CapEff:\t0000000000000000\n")
        == ["CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_BPF", "CAP_PERFMON"])
    // NET_ADMIN, NET_RAW and SYS_ADMIN, which stands for BPF and PERFMON.
    #expect(Capabilities.missing(status: "CapEff:\t0000000000203000\n") == [])
    #expect(Capabilities.missing(status: "CapEff:\t0000000000202000\n") == ["CAP_NET_ADMIN"])
  }

  @Test("Default routes from /proc/net; a route that only refuses does not count")
  func defaultRoutes() {
    let ipv4 = """
      Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
      eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
      eth1\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
      """
    let zero = String(repeating: "0", count: 32)
    let ipv6 = """
      \(zero) 00 \(zero) 00 fd000000000000000000000000000001 00000400 00000001 00000000 00000003     eth2
      \(zero) 00 \(zero) 00 \(zero) ffffffff 00000001 00000000 00200200       lo
      fd000000000000000000000000000000 40 \(zero) 00 \(zero) 00000100 00000001 00000000 00000001     eth3
      """
    #expect(DefaultRoute.devices(ipv4: ipv4, ipv6: ipv6) == ["eth0", "eth2"])
  }

  @Test("Memory from /proc/meminfo")
  func memory() {
    let text = "MemTotal:  100 kB\nMemAvailable:  64 kB\nHugePages_Free:  3\nHugepagesize:  2048 kB\n"
    #expect(
      HostFacts.Memory(meminfo: text) == .init(available: Bytes(64 << 10), hugePages: Bytes(6 << 20)))
    #expect(HostFacts.Memory(meminfo: "MemTotal: 100 kB\n") == nil)
    #expect((HostFacts.current().memory?.available.count ?? 0) > 1 << 20)
  }

  @Test("CPUs are listed in ranges")
  func cpus() {
    #expect(HostCPUs.list { [0, 1, 2, 5, 7, 8].contains($0) } == "0-2, 5, 7-8")
    #expect(HostCPUs.exists(-1) == false)
    #expect(HostCPUs.exists(1 << 40) == false)
  }

  @Test("This kernel's release is known")
  func release() { #expect(HostFacts.current().kernelRelease.first?.isNumber == true) }

  @Test("Devices as the kernel tells them", .enabled(if: geteuid() == 0, "needs root"))
  func devices() throws {
    let commands = [
      "link add plain type veth peer name peer", "link add used type veth peer name usedpeer",
      "addr add 192.0.2.1/24 dev used", "link set used up", "link set usedpeer up",
      "link add routed type veth peer name routedpeer", "link set routed up", "link set routedpeer up",
      "route add default dev routed",
      "link add br0 type bridge", "link add member type veth peer name memberpeer", "link set member master br0",
      "link add below type veth peer name belowpeer", "link add upon link below type macvlan",
      "addr add fd00::5/64 dev upon",
      "link property add dev plain altname other",
    ]
    try inNewNetworkNamespace {
      for command in commands { try ip(command) }
      let facts = HostFacts.current()
      #expect(facts.device("absent") == nil)
      #expect(facts.device("plain") == .init(name: "plain"))
      #expect(facts.device("other")?.name == "plain")
      #expect(facts.device("used") == .init(name: "used", addresses: ["192.0.2.1"]))
      #expect(facts.device("usedpeer") == .init(name: "usedpeer"))
      #expect(facts.device("routed") == .init(name: "routed", carriesDefaultRoute: true))
      #expect(facts.device("member")?.master == "br0")
      #expect(facts.device("below")?.addresses == ["fd00::5 (on upon)"])
      #expect(facts.device("lo")?.isEthernet == false)
      #expect(Set(facts.deviceNames).isSuperset(of: ["lo", "plain", "br0"]))
    }
  }
}

private struct CommandFailed: Error { var command: String }

/// Runs `ip` in the calling thread's network namespace.
private func ip(_ arguments: String) throws {
  let words = ["ip"] + arguments.split(separator: " ").map(String.init)
  var argv: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
  defer { for word in argv { free(word) } }
  var process: pid_t = 0
  var status: Int32 = 0
  guard posix_spawnp(&process, "ip", nil, nil, &argv, environ) == 0, waitpid(process, &status, 0) == process,
    status == 0
  else { throw CommandFailed(command: arguments) }
}

/// Runs `body` on a thread of its own in a network namespace of its own, which ends with the thread.
private func inNewNetworkNamespace(_ body: @escaping () throws -> Void) throws {
  final class Task {
    let body: () throws -> Void
    var result: Result<Void, any Error> = .success(())
    init(_ body: @escaping () throws -> Void) { self.body = body }
  }
  let task = Task {
    // The declaration hides behind _GNU_SOURCE.
    typealias Unshare = @convention(c) (Int32) -> Int32
    let newNetworkNamespace: Int32 = 0x4000_0000
    guard let symbol = dlsym(nil, "unshare"), unsafeBitCast(symbol, to: Unshare.self)(newNetworkNamespace) == 0
    else { throw CommandFailed(command: "unshare") }
    try body()
  }
  var thread = pthread_t()
  let created = pthread_create(
    &thread, nil,
    { argument in
      let task = Unmanaged<Task>.fromOpaque(argument!).takeUnretainedValue()
      task.result = Result { try task.body() }
      return nil
    }, Unmanaged.passUnretained(task).toOpaque())
  guard created == 0 else { throw CommandFailed(command: "pthread_create") }
  pthread_join(thread, nil)
  try task.result.get()
}
