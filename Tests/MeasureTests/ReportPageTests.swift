import Foundation
import Measure
import Testing

@Suite struct HTMLTests {
  @Test func textIsEscaped() {
    #expect(HTML.text("<b>&\"'").markup == "&lt;b&gt;&amp;&quot;&#39;")
  }

  @Test func attributeValuesAreEscaped() {
    #expect(HTML.element("p", ["title": "\"><script>"], "x").markup == "<p title=\"&quot;&gt;&lt;script&gt;\">x</p>")
  }

  @Test func dataCannotEndItsElement() {
    let markup = HTML.data(id: "d", json: "[\"</script><b>\"]").markup
    #expect(markup == "<script type=\"application/json\" id=\"d\">[\"\\u003c/script>\\u003cb>\"]</script>")
  }

  @Test func aScriptCannotEndItsElement() {
    #expect(HTML.script("let s = \"</script>\"").markup == "<script>let s = \"<\\/script>\"</script>")
  }
}

@Suite(.enabled(if: (try? ChartLibrary()) != nil, "needs libjs-chart.js"))
struct ReportPageTests {
  @Test func thePageNamesNothingOutsideItself() throws {
    let library = try ChartLibrary()
    let html = try ReportPage(Synthetic.report(Synthetic.reproducing), library: library).html()
    // Chart.js is there as a whole; its own text is not markup of the page.
    #expect(html.contains(library.source))
    let ours = html.replacing(library.source, with: "")
    for reference in ["src=", "href=", "url(", "@import", "fetch(", "http://", "https://", "sourceMappingURL"] {
      #expect(!ours.contains(reference), "\(reference)")
    }
    #expect(!library.source.contains("sourceMappingURL"))
  }

  @Test func namesFromARunAreText() throws {
    let hostile = Synthetic.run(
      "x", steering: "<img>", group: "</script><i>", utilization: [0.5], workers: 1, label: "<script>alert(1)</script>")
    let html = try ReportPage(Synthetic.report([hostile], title: "<h1>"), library: ChartLibrary()).html()
    for markup in ["<img>", "</script><i>", "<script>alert", "<h1><h1>"] {
      #expect(!html.contains(markup), "\(markup)")
    }
    #expect(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
  }

  @Test func everyRunAndClaimIsOnThePage() throws {
    let report = Synthetic.report(Synthetic.reproducing)
    let html = try ReportPage(report, library: ChartLibrary()).html()
    for run in report.runs { #expect(html.contains(HTML.escape(run.scenario.label))) }
    for claim in report.claims { #expect(html.contains("id=\"claim-\(claim.id)\"")) }
  }

  @Test func whatWasNotRunIsSaid() throws {
    var report = Synthetic.report([])
    #expect(try ReportPage(report, library: ChartLibrary()).html().contains("None was run."))
    report.notRun = ["held awake", "<as set>"]
    let html = try ReportPage(report, library: ChartLibrary()).html()
    #expect(html.contains("Not run: held awake; &lt;as set&gt;."))
    // Nothing is drawn or listed of what is not there.
    #expect(!html.contains("Link used"))
    #expect(!html.contains("<h2>Load per worker"))
  }

  @Test func theWriterMakesBothFiles() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "millrace-report-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    let page = try ReportWriter().write(Synthetic.report(Synthetic.reproducing), to: folder)
    #expect(FileManager.default.fileExists(atPath: page.path))
    #expect(FileManager.default.fileExists(atPath: folder.appending(path: "report.json").path))
  }
}

@Suite struct ChartLibraryTests {
  @Test func aMissingLibrarySaysHowToInstallIt() {
    #expect {
      try ChartLibrary(places: ["/nowhere/chart.js"])
    } throws: { error in
      guard let error = error as? ExperimentError else { return false }
      return error.kind == .unavailable && error.description.contains("apt-get install libjs-chart.js")
    }
  }
}

@Suite struct MachineTests {
  @Test func theModelNameNamesTheProcessor() {
    #expect(Machine.processorName("processor\t: 0\nmodel\t\t: 2\nmodel name\t: Some CPU @ 2GHz\n") == "Some CPU @ 2GHz")
  }

  @Test func withoutAModelNameFamilyAndModelDo() {
    let text = "vendor_id\t: Vendor\ncpu family\t: 6\nmodel\t\t: 207\n"
    #expect(Machine.processorName(text) == "Vendor family 6 model 207")
    #expect(Machine.processorName("") == "unknown")
  }

  @Test func theSystemIsItsPrettyName() {
    #expect(Machine.operatingSystemName("ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12\"\n") == "Debian GNU/Linux 12")
  }
}
