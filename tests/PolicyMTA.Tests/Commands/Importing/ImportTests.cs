using System.Runtime.CompilerServices;
using System.Text;
using PolicyMTA.Commands.Importing;
using PolicyMTA.Import;
using PolicyMTA.Import.Lint;
using PolicyMTA.Import.Translation;

namespace PolicyMTA.Tests.Commands.Importing;

/// <summary>What the samples of Postfix become with the keys, restrictions and tables that ship. <c>UPDATE_GOLDEN=1</c> writes the results anew.</summary>
public sealed class ImportTests
{
    [Theory]
    [InlineData("guide/as-meant")]
    [InlineData("guide/as-written")]
    [InlineData("smarthost")]
    [InlineData("backup-mx")]
    [InlineData("list-host")]
    public async Task Sample_becomes(string sample)
    {
        var source = Path.Combine(Root(), "samples", "postfix", sample);
        var (catalogue, _) = await CatalogueReader.ReadAsync(TimeProvider.System, TestContext.Current.CancellationToken);
        var imported = PostfixImport.Run(source, catalogue);
        var text = new StringBuilder(ReportText.Write(imported, PostfixLint.Run(source, catalogue)));
        foreach (var file in imported.Files) text.Append($"\n==== {file.Path}{(file.IsSecret ? " (secret)" : "")}\n").Append(Encoding.UTF8.GetString(file.Content.Span));
        var golden = Path.Combine(Root(), "tests", "PolicyMTA.Tests", "Commands", "Importing", "Golden", sample.Replace('/', '-') + ".txt");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") await File.WriteAllTextAsync(golden, text.ToString(), TestContext.Current.CancellationToken);
        Assert.Equal(await File.ReadAllTextAsync(golden, TestContext.Current.CancellationToken), text.ToString());
    }

    [Fact]
    public async Task Every_parameter_of_Postfix_is_mapped_not_needed_or_not_supported_with_a_reason()
    {
        await using var data = typeof(PostfixImport).Assembly.GetManifestResourceStream("postfix-parameters.txt")!;
        using var reader = new StreamReader(data);
        var names = (await reader.ReadToEndAsync(TestContext.Current.CancellationToken)).Split('\n').Where(line => line.Length > 0 && line[0] != '#').ToList();
        var folder = Directory.CreateTempSubdirectory("policymta-import-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "main.cf"), string.Join('\n', names) + "\n", TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(Path.Combine(folder, "master.cf"), "smtp inet n - n - - smtpd\n", TestContext.Current.CancellationToken);
            var report = (await ImportAsync(folder)).Report.Where(e => e.File == "main.cf").ToList();
            Assert.Equal(names.Count, report.Count);
            Assert.Empty(report.Where(e => e.Text.Contains("no such parameter", StringComparison.Ordinal)).Select(e => e.Subject));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<ImportedConfiguration> ImportAsync(string folder)
    {
        var (catalogue, _) = await CatalogueReader.ReadAsync(TimeProvider.System, TestContext.Current.CancellationToken);
        return PostfixImport.Run(folder, catalogue);
    }

    private static string Root([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "../../../.."));
}
