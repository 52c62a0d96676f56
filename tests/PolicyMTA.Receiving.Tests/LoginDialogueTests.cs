using System.Text.RegularExpressions;

namespace PolicyMTA.Receiving.Tests;

/// <summary>
/// Plays <c>dialogues/auth/*.smtp</c> with the authenticator that ships. Lines at the top as in <see cref="DialogueFileTests"/>; <c>{b64:text}</c> is written in base64,
/// <c>\0</c> in it is a NUL.
/// </summary>
public sealed partial class LoginDialogueTests
{
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "dialogues", "auth");

    public static TheoryData<string> Files() => [.. Directory.GetFiles(Folder, "*.smtp").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_dialogue_goes_as_it_is_written(string name)
    {
        var lines = await File.ReadAllLinesAsync(Path.Combine(Folder, name + ".smtp"));
        var settings = lines.Where(l => l.StartsWith("# ", StringComparison.Ordinal)).Select(l => l[2..].Split(' ', 2)).ToList();
        var listener = settings.Find(s => s[0] == "listener")?[1] ?? "submissions";
        await using var accounts = new Accounts();
        await using var server = await ReceivingServer.StartAsync(service => settings.Aggregate(service, Change), generation: g => g with { Authenticator = accounts.Authenticator });
        await server.PlayAsync(string.Join('\n', lines.Where(l => !l.StartsWith('#')).Select(Encode)), listener);
    }

    private static SmtpServiceSettings Change(SmtpServiceSettings service, string[] setting) => (setting[0], setting.ElementAtOrDefault(1)) switch
    {
        ("auth_only", "no") => service with { AuthOnlyUnderTls = false },
        ("mechanisms", { } words) => service with { Login = service.Login with { Mechanisms = Accounts.Filter(words) } },
        ("security", { } words) => service with { Login = service.Login with { Security = Accounts.Security(words) } },
        ("tls_security", { } words) => service with { Login = service.Login with { TlsSecurity = Accounts.Security(words) } },
        ("broken", "yes") => service with { Login = service.Login with { ServesBrokenClients = true } },
        ("excepted", { } networks) => service with { Login = service.Login with { ExceptedNetworks = Accounts.Networks(networks) } },
        ("failures", { } limit) => service with { Login = service.Login with { FailureLimit = int.Parse(limit) } },
        ("delay", "no") => service with { AuthFailureDelay = TimeSpan.Zero },
        ("soft", "yes") => service with { SoftBounce = true },
        _ => service,
    };

    private static string Encode(string line) => Text().Replace(line, m => Accounts.Base64(m.Groups[1].Value));

    [GeneratedRegex(@"\{b64:([^}]*)\}")]
    private static partial Regex Text();
}
