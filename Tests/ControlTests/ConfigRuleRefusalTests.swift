import Control
import Testing

@Suite("A port's rules are refused with line, fault and fix")
struct ConfigRuleRefusalTests {
  @Test(arguments: [
    rule("host bits", "10.9.1.0/16 has bits set behind its first 16", "10.9.0.0/16", "remote: 10.9.1.0/16"),
    rule("IPv6 host bits", "has bits set", "the network is 2001:db8::/32", "remote: '2001:db8::1/32'"),
    rule("no end", "it names no end", "remote: or local:"),
    rule("two ends without a weight", "names one end", "add a weight", "remote: 10.0.0.0/8, local: 10.0.0.1"),
    rule("ports without a weight", "is for rules with a weight", "add a weight", "remote: any, remotePort: 80"),
    rule("a name of no meter", "is for action: meter", "remove it", "remote: any, meter: tenant-a"),
    rule("no address", "'10.9' is not an IP address", "any-mac", "remote: 10.9"),
    rule("a prefix too long", "'/33' is not a prefix length of IPv4", "/0 to /32", "remote: 10.0.0.0/33"),
    rule("an unknown key", "unknown key 'remot'", "did you mean 'remote'", "remot: any"),
    rule("ports without their protocol", "ports need their protocol", "protocol: tcp", "weight: 1, remotePort: 80"),
    rule(
      "ports of a protocol without any", "protocol icmp has no ports", "remove localPort",
      "weight: 1, protocol: icmp, localPort: 80"),
    rule(
      "a range backwards", "'90-80' is not a port or a range", "443 or 49152-49182",
      "weight: 1, protocol: tcp, remotePort: 90-80"),
    rule("a port too large", "'65536' is not a port", "443", "weight: 1, protocol: tcp, remotePort: 65536"),
    rule("a weight of nothing", "weight: '0' is not a whole number of 1 to 65535", "weight: 100", "weight: 0"),
    rule("a MAC with a weight", "is a MAC address", "without weight", "weight: 1, remote: 02:00:00:00:01:01"),
    rule("stateful denial", "is for rules that allow", "remove it", "weight: 1, stateful: true"),
    rule("idle without state", "is for stateful rules", "stateful: true", "weight: 1, idleTimeout: 60s"),
    rule(
      "two IP versions", "different IP versions", "both as IPv4", "weight: 1, remote: 10.0.0.0/8, local: 'fd00::/8'"),
    rule("an unknown protocol", "'tpc' is not a protocol", "tcp, udp", "weight: 1, protocol: tpc"),
    whole(
      "a meter on a MAC", "a meter counts IP addresses", "write a prefix, or any",
      "action: meter, direction: in, remote: 02:00:00:00:01:01"),
    whole("a meter on any MAC", "a meter counts IP addresses", "any", "action: meter, direction: in, remote: any-mac"),
    whole("no direction", "'direction' is missing", "direction: in", "action: deny, remote: any"),
    whole(
      "an unknown direction", "'inn' is none of in, out, both", "direction: in",
      "action: deny, direction: inn, remote: any"),
    whole("no action", "'action' is missing", "action: deny", "direction: in, remote: any"),
    whole(
      "a meter with a weight", "allows or denies", "a rule of its own",
      "weight: 1, action: meter, direction: in, remote: any"),
    whole(
      "a meter's name with a comma", "is not a meter's name", "without spaces",
      "action: meter, direction: in, remote: any, meter: 'a,b'"),
    whole(
      "a bare idle timeout", "'60' is a bare number", "300s",
      "weight: 1, action: allow, direction: in, stateful: true, idleTimeout: 60"),
    whole(
      "a fraction of a second", "is not whole seconds", "255s",
      "weight: 1, action: allow, direction: in, stateful: true, idleTimeout: 1500ms"),
  ])
  func refuses(_ refusal: Refusal) {
    refusal.expect()
    #expect(configErrors(refusal.yaml).count == 1)
  }

  @Test(arguments: [
    two("a weight twice", "weight 5 is taken by", "weight: 5", "weight: 5, protocol: tcp"),
    two("two denials", "is for the addresses of", "remote: 10.0.0.0/8", "remote: 10.0.0.0/8"),
    two("a prefix of any", "is for the addresses of", "remote: any", "remote: 0.0.0.0/0"),
  ])
  func repetitions(_ refusal: Refusal) { refusal.expect() }

  @Test("over a thousand rules with a weight are too many")
  func limit() {
    let list = (1...1025).map { "{weight: \($0), action: deny, direction: in}" }.joined(separator: ", ")
    let errors = configErrors("switch: {workers: [0]}\nports:\n- name: vm1\n  netdev: tap1\n  acl: [\(list)]")
    #expect(errors.map(\.line) == [5])
    #expect(errors.first?.description.contains("write at most 1024") == true)
  }

  /// A denial for `in`, with these keys too.
  private static func rule(_ behaviour: String, _ fault: String, _ fix: String, _ keys: String = "") -> Refusal {
    let action = keys.contains("idleTimeout") ? "allow" : "deny"
    return whole(behaviour, fault, fix, "action: \(action), direction: in" + (keys.isEmpty ? "" : ", \(keys)"))
  }

  private static func whole(_ behaviour: String, _ fault: String, _ fix: String, _ keys: String) -> Refusal {
    portRefusal(
      behaviour, line: 2, "port vm1: acl: ", fault, fix, port: "- {name: vm1, netdev: tap1, acl: [\n  {\(keys)}]}")
  }

  private static func two(_ behaviour: String, _ fault: String, _ first: String, _ second: String) -> Refusal {
    let (one, other) = ("{action: deny, direction: in, \(first)}", "{action: deny, direction: both, \(second)}")
    return portRefusal(
      behaviour, line: 3, fault, "at line 4", port: "- {name: vm1, netdev: tap1, acl: [\n  \(one),\n  \(other)]}")
  }
}
