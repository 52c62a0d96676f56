using PolicyMTA.Smtp;

namespace PolicyMTA.Receiving.Tests;

/// <summary>Plays <c>dialogues/*.smtp</c>. A line <c># name value</c> at the top chooses the listener or changes a setting; other lines with <c>#</c> are remarks.</summary>
public sealed class DialogueFileTests
{
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "dialogues");

    public static TheoryData<string> Files() => [.. Directory.GetFiles(Folder, "*.smtp").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_dialogue_goes_as_it_is_written(string name)
    {
        var lines = await File.ReadAllLinesAsync(Path.Combine(Folder, name + ".smtp"));
        var settings = lines.Where(l => l.StartsWith("# ", StringComparison.Ordinal)).Select(l => l[2..].Split(' ', 2)).ToList();
        var listener = settings.Find(s => s[0] == "listener")?[1] ?? "smtp";
        await using var server = await ReceivingServer.StartAsync(service => settings.Aggregate(service, Change), trustsLoopback: settings.Exists(s => s[0] == "trusted"));
        await server.PlayAsync(string.Join('\n', lines.Where(l => !l.StartsWith('#'))), listener);
    }

    private static SmtpServiceSettings Change(SmtpServiceSettings service, string[] setting) => (setting[0], setting.ElementAtOrDefault(1)) switch
    {
        ("discard", { } keywords) => service with { DiscardedEhloKeywords = keywords.Split(' ').ToHashSet(StringComparer.Ordinal) },
        ("vrfy", "yes") => service with { VrfyDisabled = false },
        ("tls", "encrypt") => service with { TlsRequired = true },
        ("requiretls", "yes") => service with { RequireTlsEnabled = true },
        ("smtputf8", "no") => service with { Syntax = service.Syntax with { AllowSmtpUtf8 = false } },
        ("smtputf8", "strict") => service with { Syntax = service.Syntax with { StrictSmtpUtf8 = true } },
        ("envelopes", "lax") => service with { Syntax = service.Syntax with { StrictEnvelopes = false } },
        _ => service,
    };
}
