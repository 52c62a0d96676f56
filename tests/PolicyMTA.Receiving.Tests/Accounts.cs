using System.Text;
using PolicyMTA.Addressing;
using PolicyMTA.Authentication.Passwords;
using PolicyMTA.Authentication.Tests;
using PolicyMTA.Plugins.Tests;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Tests;

/// <summary>The authenticator that ships, with three accounts whose passwords are <c>NAME-pw</c>, and words of its settings.</summary>
internal sealed class Accounts : IAsyncDisposable
{
    private readonly PluginBench _bench = new(new PasswordsPlugin());

    internal Accounts()
    {
        _bench.Values["smtpd_sasl_password_table"] = "accounts";
        _bench.OpenTables["accounts"] = new FakeTable
        {
            ["alice@example.test"] = "{PLAIN}alice-pw",
            ["bob@example.test"] = ScramClient.Stored("bob-pw"),
            ["carol@example.test"] = "{SHA256}" + Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData("carol-pw"u8)),
        };
        Authenticator = _bench.Authenticator("passwords");
    }

    internal IAuthenticator Authenticator { get; }

    internal static MechanismFilter Filter(string words) => MechanismFilter.TryParse(words.Split(' '), out var filter, out var error) ? filter : throw new FormatException(error);

    internal static SaslSecurity Security(string words) => SaslSecurityOptions.TryParse(words.Split(' '), out var security, out var error) ? security : throw new FormatException(error);

    internal static NetworkList Networks(string words) => NetworkList.TryParse(words.Split(' '), out var list, out var error) ? list : throw new FormatException(error);

    internal static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text.Replace("\\0", "\0", StringComparison.Ordinal)));

    public ValueTask DisposeAsync() => Authenticator.DisposeAsync();
}
