using PolicyMTA.Delivery.Reports;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Reports;

/// <summary><c>bounce_template_file</c>, as bounce(5) describes it.</summary>
public sealed class BounceTemplateTests
{
    private const string Good = """
        # what a sender reads

        failure_template = <<EOF
        Charset: us-ascii
        From: MAILER-DAEMON (The Post Office)
        Subject: Returned
        Postmaster-Subject: Copy: Returned

        Host $myhostname keeps \ backslashes,
           leading space and $$ signs.
        # this is text
        EOF
        delay_template=<<END OF TEXT
        subject: Late
        EOF
        END OF TEXT
        """;

    [Fact]
    public void Templates_are_read()
    {
        var templates = Read(Good, out var mistakes);
        Assert.Empty(mistakes);
        Assert.Equal(("us-ascii", "MAILER-DAEMON (The Post Office)", "Returned", "Copy: Returned"), (templates.Failure.Charset, templates.Failure.From, templates.Failure.Subject, templates.Failure.PostmasterSubject));
        Assert.Equal("Host mx.test keeps \\ backslashes,\r\n   leading space and $ signs.\r\n# this is text\r\n", templates.Failure.Text);
        Assert.Equal(("Late", "EOF\r\n"), (templates.Delay.Subject, templates.Delay.Text));
        Assert.Null(templates.Success.Text);
    }

    [Theory]
    [InlineData("hello\n", "1: a template begins with 'failure_template = <<EOF'")]
    [InlineData("\nfailure_template = EOF\n", "2: a template begins with")]
    [InlineData("other_template = <<EOF\nEOF\n", "1: there is no template 'other_template'; there are failure_template, delay_template, success_template, verify_template")]
    [InlineData("failure_template = <<'EOF'\n'EOF'\n", "1: the word that ends a template stands without quotes")]
    [InlineData("failure_template = <<EOF\ntext\n", "1: this template does not end: a line with 'EOF' alone is missing")]
    [InlineData("failure_template = <<EOF\nEOF\nfailure_template = <<EOF\nEOF\n", "3: 'failure_template' stands here a second time")]
    [InlineData("failure_template = <<EOF\nTo: x\n\nEOF\n", "2: there is no template header 'To'; there are Charset, From, Subject, Postmaster-Subject")]
    [InlineData("failure_template = <<EOF\nSubject: é\n\nEOF\n", "2: 'Subject' has characters that are not ASCII")]
    [InlineData("failure_template = <<EOF\n\nüber\nEOF\n", "1: the text is not ASCII; this template needs 'Charset: utf-8'")]
    [InlineData("failure_template = <<EOF\nCharset: iso-8859-1\n\nx\nEOF\n", "2: 'iso-8859-1': this file is read as UTF-8; write 'Charset: utf-8'")]
    [InlineData("failure_template = <<EOF\n\none\n$nothing\nEOF\n", "4: there is no parameter 'nothing'")]
    public void Mistakes_are_told_with_their_line(string text, string mistake)
    {
        Read(text, out var mistakes);
        var found = Assert.Single(mistakes);
        Assert.StartsWith(mistake, $"{found.Line}: {found.Message}");
    }

    [Fact]
    public void Any_text_is_read_or_refused_and_what_was_read_ends()
    {
        var random = new Random(5);
        string[] pieces = ["failure_template", "delay_template", " = <<", "EOF", "\n", "\r\n", ":", "Subject", "Charset: utf-8", "$", "$$", "myhostname", "#", " ", "é", "\0", "'"];
        for (var i = 0; i < 20_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => pieces[random.Next(pieces.Length)]));
            var templates = Read(text, out var mistakes);
            Assert.All(mistakes, mistake => Assert.InRange(mistake.Line, 1, text.ReplaceLineEndings("\n").Split('\n').Length));
            if (mistakes.Count > 0) continue;
            foreach (var template in (BounceTemplate[])[templates.Failure, templates.Delay])
            {
                Assert.True(template.Text is null || template.Text.Length == 0 || template.Text.EndsWith("\r\n", StringComparison.Ordinal));
                Assert.DoesNotContain('\n', template.Subject ?? "");
            }
        }
    }

    private static BounceTemplates Read(string text, out IReadOnlyList<BounceTemplateMistake> mistakes) => BounceTemplateReader.Read(text, Expand, out mistakes);

    private static string Expand(string line)
    {
        if (line.Contains("$nothing", StringComparison.Ordinal)) throw new ConfigurationException("there is no parameter 'nothing'");
        return line.Replace("$myhostname", "mx.test", StringComparison.Ordinal).Replace("$$", "$", StringComparison.Ordinal);
    }
}
