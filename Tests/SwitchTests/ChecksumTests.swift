import Foundation
import Lab
import Testing
import Units
import Wire

extension SwitchTests {
  /// TCP and UDP checksums of frames that crossed the switch: finished where they were left to hardware, else as sent.
  @Suite struct Checksums {
    @Test(arguments: ["super", "native"])
    func partialOnesArriveFinishedOrKnownToBePartial(ingress: String) async throws {
      let spec = quietLab(name: "sumpartial", hosts: 2, allPortKeys: ["ingress: \(ingress)"])
      try await withLab(spec) { lab in
        let frames = transportFrames(to: lab.mac(of: 2), checksum: .right)
        let recorded = try await lab.record(at: [2], expecting: [2: frames.count]) {
          try await lab.send(frames, from: 1, checksum: "partial")
        }
        for frame in recorded[2]! {
          #expect(frame.hasGoodChecksum, "\(frame)")
          #expect(frames.contains { sameButChecksum($0, frame.bytes) }, "\(frame)")
        }
      }
    }

    @Test func segmentsOfSuperFramesArriveRight() async throws {
      let spec = quietLab(name: "sumsegments", hosts: 2, allPortKeys: ["ingress: super"])
      try await withLab(spec) { lab in
        // The device takes no super-frames: the switch cuts them.
        try await lab.run(in: 0, "ethtool", "-K", "port2", "tx", "off", "tso", "off", "gso", "off")
        let frames = transportFrames(to: lab.mac(of: 2), payload: 4000, checksum: .right)
        let recorded = try await lab.record(at: [2], expecting: [2: frames.count / 3 * (4 + 4 + 5)]) {
          try await lab.send(frames, from: 1, segmentSize: 1000)
        }
        #expect(recorded[2]!.allSatisfy { $0.checksum == "right" && $0.segmentSize == nil })
        #expect(try await lab.ports()["h2"]?.superFramesSent == 0)
      }
    }

    /// A checksum may be wrong on purpose, or missing: it is the receiver's to find out.
    @Test(arguments: ["super", "native"])
    func whatWasSentWrongArrivesWrong(ingress: String) async throws {
      let spec = quietLab(
        name: "sumwrong", hosts: 2, allPortKeys: ["ingress: \(ingress)"],
        extraPorts: ["{name: mgmt, host: {name: mgmt0}}"])
      try await withLab(spec) { lab in
        func frames(to destination: MACAddress) -> [[UInt8]] {
          var frames = transportFrames(to: destination, checksum: .wrong)
          frames += transportFrames(to: destination, payload: 80, checksum: .right)
          // Without the sender's word, which generic XDP does not pass on, this one looks like a partial checksum.
          if ingress == "native" { frames += transportFrames(to: destination, payload: 60, checksum: .partial) }
          let none = FrameBuilder(to: destination, from: station(1)).ipv4("192.0.2.1", "192.0.2.2")
          return frames + [none.udp(4004, 5004, payload: [1, 2, 3], checksum: .zero)]
        }
        try await lab.run(in: 0, "ip", "link", "set", "mgmt0", "up")
        let host = try #require(MACAddress(try await lab.run(in: 0, "cat", "/sys/class/net/mgmt0/address").trimmed))

        let toHost2 = frames(to: lab.mac(of: 2))
        let overVeth = try await lab.record(at: [2], expecting: [2: toHost2.count]) {
          try await lab.send(toHost2, from: 1)
        }
        #expect(Set(overVeth[2]!.map(\.bytes)) == Set(toHost2))
        #expect(overVeth[2]!.allSatisfy { $0.kernelChecksum != "partial" })

        let toMgmt = frames(to: host)
        let intoHostPort = try await lab.record(at: [0], device: "mgmt0", expecting: [0: toMgmt.count]) {
          try await lab.send(toMgmt, from: 1)
        }
        #expect(Set(intoHostPort[0]!.map(\.bytes)) == Set(toMgmt))
        #expect(intoHostPort[0]!.allSatisfy { $0.kernelChecksum != "partial" })

        // A host port's senders always say whether a checksum is partial.
        let fromMgmt = toHost2 + transportFrames(to: lab.mac(of: 2), payload: 40, checksum: .partial)
        let outOfHostPort = try await lab.record(at: [2], expecting: [2: fromMgmt.count]) {
          try await lab.send(fromMgmt, from: 0, device: "mgmt0", port: "mgmt")
        }
        #expect(Set(outOfHostPort[2]!.map(\.bytes)) == Set(fromMgmt))
      }
    }

    @Test(arguments: ["super", "native"])
    func partialOnesCrossHostPorts(ingress: String) async throws {
      let spec = quietLab(
        name: "sumhost", hosts: 1, allPortKeys: ["ingress: \(ingress)"],
        extraPorts: ["{name: mgmt, host: {name: mgmt0}}"])
      try await withLab(spec) { lab in
        try await lab.run(in: 0, "ip", "link", "set", "mgmt0", "up")
        let host = try #require(MACAddress(try await lab.run(in: 0, "cat", "/sys/class/net/mgmt0/address").trimmed))
        let inward = transportFrames(to: host, checksum: .right)
        let received = try await lab.record(at: [0], device: "mgmt0", expecting: [0: inward.count]) {
          try await lab.send(inward, from: 1, checksum: "partial")
        }
        #expect(received[0]!.allSatisfy { $0.hasGoodChecksum })
        let outward = transportFrames(to: lab.mac(of: 1), checksum: .right)
        let sent = try await lab.record(at: [1], expecting: [1: outward.count]) {
          try await lab.send(outward, from: 0, device: "mgmt0", port: "mgmt", checksum: "partial")
        }
        #expect(sent[1]!.allSatisfy { $0.hasGoodChecksum })
      }
    }

    /// A device without checksum offload cannot pass a partial checksum on. tcpdump judges what comes out.
    @Test(arguments: ["super", "native"])
    func tcpdumpFindsAllRightBehindADeviceWithoutOffload(ingress: String) async throws {
      let spec = LabSpec(name: "sumtcpdump", hosts: 2, allPortKeys: ["ingress: \(ingress)"])
      try await withLab(spec) { lab in
        try await lab.run(in: 0, "ethtool", "-K", "port2", "tx", "off")
        let file = "\(spec.directory)/received.pcap"
        let tcpdump = try lab.spawn(
          in: 2, ["tcpdump", "-i", "eth0", "-Q", "in", "-B", "65536", "-U", "-s", "0", "-w", file])
        #expect(try await lab.eventually { tcpdump.errorOutput.contains("listening on") })
        for address in [spec.address(of: 2), spec.address6(of: 2)] {
          _ = try await IPerf.run(lab, client: 1, server: 2, address: address, "-b", "100M")
          _ = try await IPerf.run(lab, client: 1, server: 2, address: address, "-u", "-b", "20M")
        }
        let partial = transportFrames(to: lab.mac(of: 2), checksum: .right)
        try await Program.run(
          lab.command(
            in: 1,
            [try BuiltProgram.path("traffic"), "raw", "send", "--interface", "eth0", "--checksum", "partial"]
              + partial.flatMap { ["--hex", hexadecimal($0)] }))
        let wrong = transportFrames(to: lab.mac(of: 2), payload: 77, checksum: .wrong)
        try await Program.run(
          lab.command(
            in: 1,
            [try BuiltProgram.path("traffic"), "raw", "send", "--interface", "eth0"]
              + wrong.flatMap { ["--hex", hexadecimal($0)] })
        )
        let isComplete = try await lab.eventually {
          try await Verdicts(tcpdump: file, "host 192.0.2.2 or host 2001:db8::2").frames == partial.count + wrong.count
        }
        #expect(isComplete)
        tcpdump.signal(SIGINT)
        _ = await tcpdump.ends(within: .seconds(5))
        let traffic = try await Verdicts(tcpdump: file, "not host 192.0.2.2 and not host 2001:db8::2")
        #expect(traffic.right > 1000 && traffic.wrong == 0, "\(traffic)")
        let exact = try await Verdicts(tcpdump: file, "host 192.0.2.2 or host 2001:db8::2")
        #expect(exact.right == partial.count && exact.wrong == wrong.count, "\(exact)")
      }
    }

    /// A tap whose holder reads bare frames, as a VM without offloads does: there is nowhere to say `partial`.
    @Test(arguments: ["super", "native"])
    func aTapWithoutVNetHeaderGetsFinishedChecksums(ingress: String) async throws {
      let spec = quietLab(name: "sumtap", hosts: 1, allPortKeys: ["ingress: \(ingress)"])
      try await withLab(spec) { lab in
        await lab.stopSwitch()
        let tap = try BareTap("tap9", in: spec.namespace(of: 0))
        try await lab.run(in: 0, "ip", "link", "set", "tap9", "up")
        try await lab.startSwitch(
          configuration: spec.configuration + "  - {name: vm, netdev: tap9, mac: \"\(station(9))\"}\n")
        let partial = transportFrames(to: station(9), checksum: .right)
        try await lab.send(partial, from: 1, checksum: "partial")
        let wrong = transportFrames(to: station(9), payload: 77, checksum: .wrong)
        try await lab.send(wrong, from: 1)
        var frames: [[UInt8]] = []
        _ = try await lab.eventually {
          // The host says a few things on its own device.
          frames += tap.read().filter { $0.count > 12 && Array($0[6..<12]) == station(1).bytes }
          return frames.count >= partial.count + wrong.count
        }
        #expect(Set(frames) == Set(partial + wrong))
        let file = "\(spec.directory)/tap.pcap"
        try PacketFile.write(frames, to: file)
        let verdicts = try await Verdicts(tcpdump: file, "")
        #expect(verdicts.right == partial.count && verdicts.wrong == wrong.count, "\(verdicts)")
        #expect(try await lab.drops(at: "vm", "device") == 0)
      }
    }
  }
}

/// Whether two frames differ at most in the two bytes of a TCP or UDP checksum.
private func sameButChecksum(_ a: [UInt8], _ b: [UInt8]) -> Bool {
  guard a.count == b.count else { return false }
  let l4 = a[12] == 0x08 ? 34 : 54
  let field = l4 + (a[l4 == 34 ? 23 : 20] == IPProtocol.tcp ? 16 : 6)
  return a.indices.allSatisfy { a[$0] == b[$0] || $0 == field || $0 == field + 1 }
}

/// What `tcpdump -vv` says of the TCP and UDP checksums in a file.
private struct Verdicts {
  var frames = 0
  var right = 0
  var wrong = 0

  init(tcpdump file: String, _ filter: String) async throws {
    let text = try await Program.result(["tcpdump", "-nn", "-vv", "-r", file] + (filter.isEmpty ? [] : [filter])).output
    for line in text.split(separator: "\n") {
      if line.contains("(correct)") || line.contains("udp sum ok") { right += 1 }
      if line.contains("(incorrect") || line.contains("bad udp cksum") { wrong += 1 }
    }
    frames = right + wrong
  }
}

extension String {
  fileprivate var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
