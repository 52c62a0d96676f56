using System.Collections.Concurrent;
using System.Collections.Frozen;
using PolicyMTA.Configuration;
using PolicyMTA.Generations;
using PolicyMTA.Receiving.Milters;
using PolicyMTA.Sdk;

namespace PolicyMTA.Composition;

/// <summary>A list of milters in receiving's words.</summary>
internal static class MilterSlice
{
    private const int MostTexts = 1000;

    /// <summary>The milters that a parameter lists.</summary>
    public static MilterSettings Of(Generation generation, Parameters parameters, string list)
    {
        if (!ReceiveSlice.HasMilters(parameters)) return MilterSettings.None;
        return Of(generation, parameters, parameters.List(list).Select(MilterEntry.Parse).ToArray());
    }

    /// <summary>Milters by client address; a value of the tables is a list as the parameter's, of milters that stand in some list.</summary>
    public static MilterMaps Maps(Generation generation, Parameters parameters)
    {
        if (!ReceiveSlice.HasMilters(parameters) || parameters.List("smtpd_milter_maps") is not { Count: > 0 } tables) return MilterMaps.None;
        var known = new ConcurrentDictionary<string, MilterSettings>(StringComparer.Ordinal);
        return new MilterMaps([.. tables.Select(generation.Tables.Open)], text => known.TryGetValue(text, out var settings) ? settings : Keep(text, Of(generation, parameters, Read(text))));

        MilterEntry[] Read(string text)
        {
            var entries = WordList.Split(text).Select(MilterEntry.Parse).ToArray();
            return entries.FirstOrDefault(entry => !generation.Milters.ContainsKey(entry.Name)) is { } unknown
                ? throw new ConfigurationException($"smtpd_milter_maps: '{unknown.Name}' stands in no list of milters; smtpd_milter_choices may have it")
                : entries;
        }

        MilterSettings Keep(string text, MilterSettings settings)
        {
            // A table that makes up ever new texts must not fill the memory.
            if (known.Count < MostTexts) known[text] = settings;
            return settings;
        }
    }

    private static MilterSettings Of(Generation generation, Parameters parameters, MilterEntry[] entries)
    {
        var all = Shared(parameters) with { Failures = generation.Scope.World.MilterFailures, Milters = [.. entries.Select(entry => generation.Milters[entry.Name])] };
        return all with { Own = entries.Where(entry => entry.IsOwn).ToFrozenDictionary(entry => generation.Milters[entry.Name], entry => Own(all, entry)) };
    }

    private static MilterSettings Own(MilterSettings all, MilterEntry entry) => all with
    {
        DefaultAction = entry.DefaultAction is { } action ? Enum.Parse<MilterDefaultAction>(action, ignoreCase: true) : all.DefaultAction,
        ConnectTimeout = entry.ConnectTimeout ?? all.ConnectTimeout,
        CommandTimeout = entry.CommandTimeout ?? all.CommandTimeout,
        ContentTimeout = entry.ContentTimeout ?? all.ContentTimeout,
    };

    private static MilterSettings Shared(Parameters parameters) => new()
    {
        DefaultAction = Enum.Parse<MilterDefaultAction>(parameters.Text("milter_default_action"), ignoreCase: true),
        ConnectTimeout = parameters.Duration("milter_connect_timeout"),
        CommandTimeout = parameters.Duration("milter_command_timeout"),
        ContentTimeout = parameters.Duration("milter_content_timeout"),
    };
}
