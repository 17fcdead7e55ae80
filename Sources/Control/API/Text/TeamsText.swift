extension TeamsDocument: StatusText {
  public func text(since earlier: EarlierStatus<Self>?) -> String {
    var table = OutputTable([
      .left("team"), .left("mode"), .left("member"), .left("state"), .right("frames"), .right("bytes"),
      .right("received"), .right("flows"), .right("moves"), .left("ports"),
    ])
    for team in teams {
      let before = earlier?.document.teams.first { $0.name == team.name }
      for member in team.members {
        var cells = [team.name, team.mode, member.name, member.state.rawValue]
        if let earlier {
          let rates = earlier.rates(of: member, before?.members.first { $0.name == member.name })
          cells += [
            rates.perSecond(\.frames), rates.bitRate(bytes: \.bytes), rates.perSecond(\.receivedFrames),
          ]
        } else {
          cells += [
            Figure.count(member.frames), Figure.bytes(member.bytes), Figure.count(member.receivedFrames),
          ]
        }
        cells += [
          member.activeFlows.map(String.init) ?? Figure.none, Figure.count(member.flowletMoves),
          member.ports.isEmpty ? Figure.none : member.ports.joined(separator: " "),
        ]
        table.add(cells)
      }
    }
    return table.description
  }
}
