using System.Globalization;
using PolicyMTA.Configuration;
using PolicyMTA.Delivery.Reports;

namespace PolicyMTA.Generations;

/// <summary>Reads <c>bounce_template_file</c> with the parameters that its texts name.</summary>
internal static class BounceTemplatePart
{
    private static readonly string[] Times = ["delay_warning_time", "maximal_queue_lifetime"];

    /// <summary>The templates; built in when there is no file. Mistakes are told with their place in the file.</summary>
    public static BounceTemplates Obtain(GenerationScope scope, BuildReport report)
    {
        if (scope.Parameters.FilePath("bounce_template_file") is not { } file) return BounceTemplates.BuiltIn;
        string text;
        try
        {
            text = File.ReadAllText(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            report.Add(scope.Parameters.PositionOf("bounce_template_file"), $"bounce_template_file: {file} can't be read: {error.Message}");
            return BounceTemplates.BuiltIn;
        }
        var templates = BounceTemplateReader.Read(text, line => ParameterExpansion.Expand(line, name => ValueOf(scope.Parameters, name)), out var mistakes);
        report.Add(mistakes.Select(mistake => new ConfigurationError(file, mistake.Line, 1, mistake.Message)));
        // As a part it is in the hash of the generation, so that a reload sees another text.
        return scope.Parts.Add("bounce templates", file, ContentHash.OfTexts(text), templates, static _ => ValueTask.CompletedTask).Value;
    }

    // bounce(5): $delay_warning_time_hours and the like; a part of a unit counts, so that none is said to be 0.
    private static string ValueOf(Parameters parameters, string name)
    {
        foreach (var time in Times)
        {
            if (!name.StartsWith(time + "_", StringComparison.Ordinal)) continue;
            int? unit = name[(time.Length + 1)..] switch { "seconds" => 1, "minutes" => 60, "hours" => 3600, "days" => 86400, "weeks" => 604800, _ => null };
            if (unit is { } seconds) return Math.Ceiling(parameters.Duration(time).TotalSeconds / seconds).ToString(CultureInfo.InvariantCulture);
        }
        return parameters.Text(name);
    }
}
