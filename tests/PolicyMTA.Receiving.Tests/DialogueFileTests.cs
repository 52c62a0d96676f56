using PolicyMTA.Smtp;

namespace PolicyMTA.Receiving.Tests;

/// <summary>Plays <c>dialogues/*.smtp</c>. A line <c># name value</c> at the top chooses the listener or changes a setting; other lines with <c>#</c> are remarks.</summary>
public sealed class DialogueFileTests
{
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "dialogues");

    internal static IEnumerable<string> Names => Directory.GetFiles(Folder, "*.smtp").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal);

    public static TheoryData<string> Files() => [.. Names];

    internal static string PathOf(string name) => Path.Combine(Folder, name + ".smtp");

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_dialogue_goes_as_it_is_written(string name)
    {
        var lines = await File.ReadAllLinesAsync(PathOf(name));
        var (server, listener) = await StartAsync(lines);
        await using var _ = server;
        await server.PlayAsync(string.Join('\n', lines.Where(l => !l.StartsWith('#'))), listener);
    }

    public static TheoryData<string> FilesWithoutTls() => [.. Names.Where(name => !SaysAny(File.ReadAllText(PathOf(name)), "TLS", "# listener", "# tls", "# auth"))];

    private static bool SaysAny(string text, params string[] words) => Array.Exists(words, word => text.Contains(word, StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(FilesWithoutTls))]
    public async Task A_dialogue_goes_the_same_under_tls(string name)
    {
        var lines = await File.ReadAllLinesAsync(PathOf(name));
        var (server, _) = await StartAsync(lines);
        await using var disposed = server;
        await server.PlayAsync(string.Join('\n', lines.Where(l => !l.StartsWith('#'))), "submissions");
    }

    /// <summary>The server that the lines at the top ask for, and its listener.</summary>
    internal static async Task<(ReceivingServer Server, string Listener)> StartAsync(IEnumerable<string> lines)
    {
        var settings = lines.Where(l => l.StartsWith("# ", StringComparison.Ordinal)).Select(l => l[2..].Split(' ', 2)).ToList();
        var listener = settings.Find(s => s[0] == "listener")?[1] ?? "smtp";
        var server = await ReceivingServer.StartAsync(service => settings.Aggregate(service, Change), trustsLoopback: settings.Exists(s => s[0] == "trusted"));
        return (server, listener);
    }

    private static SmtpServiceSettings Change(SmtpServiceSettings service, string[] setting) => (setting[0], setting.ElementAtOrDefault(1)) switch
    {
        ("discard", { } keywords) => service with { DiscardedEhloKeywords = keywords.Split(' ').ToHashSet(StringComparer.Ordinal) },
        ("auth", "plain") => service with { AuthOnlyUnderTls = false },
        ("vrfy", "yes") => service with { VrfyDisabled = false },
        ("tls", "encrypt") => service with { TlsRequired = true },
        ("requiretls", "yes") => service with { RequireTlsEnabled = true },
        ("smtputf8", "no") => service with { Syntax = service.Syntax with { AllowSmtpUtf8 = false } },
        ("smtputf8", "strict") => service with { Syntax = service.Syntax with { StrictSmtpUtf8 = true } },
        ("envelopes", "lax") => service with { Syntax = service.Syntax with { StrictEnvelopes = false } },
        _ => service,
    };
}
