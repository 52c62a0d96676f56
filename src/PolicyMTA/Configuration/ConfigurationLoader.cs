using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace PolicyMTA.Configuration;

/// <summary>Reads <c>policymta.toml</c>.</summary>
internal static class ConfigurationLoader
{
    /// <summary>
    /// The configuration, or every mistake in it with its place. A key outside all sections that is unknown here may be a plugin's: it is judged when a
    /// generation is built and plugins have said what they know.
    /// </summary>
    public static ConfigurationResult Load(string path)
    {
        var file = Path.GetFullPath(path);
        try
        {
            return Parse(System.IO.File.ReadAllText(file), file, Path.GetDirectoryName(file)!);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Failed([new ConfigurationError(file, 0, 0, error is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : error.Message)]);
        }
    }

    /// <summary>The same for a text that is here already: one of the history.</summary>
    public static ConfigurationResult Parse(string text, string file, string root)
    {
        var document = SyntaxParser.Parse(text, file);
        if (document.HasErrors) return Failed(SyntaxErrors(document, file));
        var reader = new SectionReader(file, root);
        var configuration = reader.Read(TomlNode.FromDocument(document), text);
        return reader.Errors.Count > 0 ? Failed(reader.Errors) : new ConfigurationResult { Configuration = configuration };
    }

    private static ConfigurationResult Failed(IEnumerable<ConfigurationError> errors) =>
        new() { Errors = [.. errors.OrderBy(e => e.Line).ThenBy(e => e.Column)] };

    // The parser stumbles on after a mistake: only the first of a line says what is wrong.
    private static IEnumerable<ConfigurationError> SyntaxErrors(DocumentSyntax document, string file) =>
        from diagnostic in document.Diagnostics
        where diagnostic.Kind == DiagnosticMessageKind.Error
        group diagnostic by diagnostic.Span.Start.Line into line
        let first = line.First()
        select new ConfigurationError(file, first.Span.Start.Line + 1, first.Span.Start.Column + 1, first.Message.Trim());
}
