import ArgumentParser

/// `traffic datagrams`: equal datagrams from an ordinary UDP socket to another, as an application sends them.
struct Datagrams: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Equal UDP datagrams from socket to socket, with the kernel's segmentation (UDP_SEGMENT, UDP_GRO).",
    subcommands: [DatagramsSend.self, DatagramsReceive.self])
}
