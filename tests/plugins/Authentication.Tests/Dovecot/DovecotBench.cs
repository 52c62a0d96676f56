using System.Net;
using System.Text;
using PolicyMTA.Authentication.Dovecot;
using PolicyMTA.Plugins.Tests;
using PolicyMTA.Sdk;

namespace PolicyMTA.Authentication.Tests.Dovecot;

/// <summary>The authenticator of the plugin against a <see cref="FakeDovecot"/>.</summary>
internal sealed class DovecotBench : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("policymta-dovecot-");
    private readonly PluginBench _plugins = new(new DovecotPlugin());
    private FakeDovecot? _dovecot;
    private IAuthenticator? _authenticator;

    internal FakeDovecot Dovecot => _dovecot!;
    internal IAuthenticator Authenticator => _authenticator!;
    internal IReadOnlyList<string> Log => _plugins.Lines;
    internal Microsoft.Extensions.Time.Testing.FakeTimeProvider Clock => _plugins.Clock;

    /// <summary>A session under TLS with a client that has shown a certificate.</summary>
    internal static SessionFacts Session { get; } = new()
    {
        Id = "s1",
        Client = new Client { Address = IPAddress.Parse("192.0.2.7"), Port = 40000 },
        Server = new Server(IPAddress.Parse("192.0.2.1"), 587, "mx.example.test"),
        Listener = "submission",
        Tls = new Tls { Version = "TLSv1.3", Cipher = "x", ServerName = "mx.example.test", Certificate = new ClientCertificate("al\tice", "ca", "", "", IsVerified: true) },
    };

    internal void Listen(Func<string, string?> answer, string hello = FakeDovecot.Hello) => _dovecot = new FakeDovecot(Path.Combine(_folder.FullName, "auth"), answer, hello);

    internal void Begin()
    {
        _plugins.Values["smtpd_sasl_path"] = "auth";
        _plugins.Values["queue_directory"] = _folder.FullName;
        _authenticator = _plugins.Authenticator("dovecot");
    }

    internal async ValueTask EndDovecotAsync() => await _dovecot!.DisposeAsync();

    internal ISaslConversation Start(string mechanism = "PLAIN") => Authenticator.Start(mechanism, new ClientContext(Session));

    /// <summary>One login with one word.</summary>
    internal async Task<SaslStep> LogInAsync(string word = "\0alice\0secret")
    {
        await using var conversation = Start();
        return await conversation.AdvanceAsync(Encoding.UTF8.GetBytes(word), CancellationToken.None);
    }

    internal static async Task UntilAsync(Func<bool> condition)
    {
        for (var patience = 1000; !condition(); patience--)
        {
            Assert.True(patience > 0, "it did not come about");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _plugins.EndWorkAsync();
        if (_authenticator is not null) await _authenticator.DisposeAsync();
        if (_dovecot is not null) await _dovecot.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
