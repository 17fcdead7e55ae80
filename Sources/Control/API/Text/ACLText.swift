extension ACLDocument: StatusText {
  public func text(since earlier: EarlierStatus<Self>?) -> String {
    var table = OutputTable([
      .left("port"), .left("dir"), .left("action"), .right("weight"), .left("protocol"), .left("remote"),
      .left("port"), .left("local"), .left("port"), .left("options"), .right(earlier == nil ? "frames" : "frames/s"),
      .right(earlier == nil ? "bytes" : "bits"),
    ])
    for rule in acl {
      let rates = earlier?.rates(of: rule, earlier?.document.acl.first { $0.isSameRule(as: rule) })
      let none = Figure.none
      table.add([
        rule.port, rule.direction.rawValue, rule.action.rawValue, rule.weight.map { "\($0)" } ?? none,
        rule.protocol ?? none, rule.remote ?? none, rule.remotePort ?? none, rule.local ?? none,
        rule.localPort ?? none, rule.options, rates?.perSecond(\.frames) ?? Figure.count(rule.frames),
        rates?.bitRate(bytes: \.bytes) ?? Figure.bytes(rule.bytes),
      ])
    }
    return table.isEmpty ? "no rule is set\n" : table.description
  }
}

extension RuleStatus {
  fileprivate var options: String {
    let idle = idleTimeoutSeconds.map { "stateful \(Figure.span(seconds: $0))" }
    let text = [meter.map { "meter \($0)" }, idle].compactMap { $0 }.joined(separator: " ")
    return text.isEmpty ? Figure.none : text
  }

  fileprivate func isSameRule(as other: RuleStatus) -> Bool {
    var (one, another) = (self, other)
    (one.frames, one.bytes, another.frames, another.bytes) = (0, 0, 0, 0)
    return one == another
  }
}

extension RuleTestAnswer {
  /// The verdict, the rule, and a line for each list.
  public var text: String {
    let by = rule.map { ": '\($0)'" } ?? (verdict == .allow ? ": no rule matches" : "")
    let counted = meter.map { "metered by '\($0)'\n" } ?? ""
    return "\(verdict.rawValue)\(by)\n" + counted + why.map { "  \($0)\n" }.joined()
  }
}
