/// The claims table: each published statement beside what was measured.
struct ClaimTable {
  let claims: [Claim]

  var html: HTML {
    let head = ["Statement", "Published", "Measured here", "Reproduced"].map {
      HTML.element("th", ["scope": "col"], $0)
    }
    let table = HTML.element(
      "table", [.element("thead", [.element("tr", head)]), .element("tbody", claims.map(row))])
    return .element("div", ["class": "scroll"], [table])
  }

  private func row(_ claim: Claim) -> HTML {
    let note = claim.note.map { [HTML.element("span", ["class": "soft"], $0)] } ?? []
    return .element(
      "tr", ["id": "claim-\(claim.id)"],
      [
        .element("td", [.text(claim.statement), .element("span", ["class": "soft"], claim.source)]),
        .element("td", claim.published),
        .element("td", [.text(claim.measured), .element("span", ["class": "soft"], claim.criterion)] + note),
        verdict(claim.reproduced),
      ])
  }

  private func verdict(_ reproduced: Bool?) -> HTML {
    switch reproduced {
    case true?: .element("td", ["class": "yes"], "yes")
    case false?: .element("td", ["class": "no"], "no")
    case nil: .element("td", ["class": "soft"], "not measured")
    }
  }
}
