using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using PolicyMTA.Generations;

namespace PolicyMTA.Tests.Generations;

/// <summary>Files as certbot leaves them: <c>live/fullchain.pem</c> and <c>live/privkey.pem</c> link into <c>archive/</c>.</summary>
public sealed class CertificateFilesTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder _folder = new();
    private readonly Lines _log = new();

    public CertificateFilesTests()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "archive"));
        Directory.CreateDirectory(Path.Combine(_folder.Path, "live"));
        Archive(1, "one");
        Link(1);
    }

    private string Live(string name) => Path.Combine(Path.Combine(_folder.Path, "live"), name);

    [Fact]
    public void Links_to_new_files_are_followed_at_the_next_look()
    {
        var files = Open();
        files.Look(Now, _log);
        Assert.Equal("CN=one", Shown(files));
        Archive(2, "two");
        Link(2);
        files.Look(Now, _log);
        Assert.Equal("CN=two", Shown(files));
        Assert.Contains("was renewed", Assert.Single(_log.Written).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_that_does_not_fit_leaves_the_old_one_until_both_are_there()
    {
        var files = Open();
        Archive(2, "two");
        Relink("fullchain", 2);
        files.Look(Now, _log);
        files.Look(Now, _log);
        Assert.Equal("CN=one", Shown(files));
        Assert.Equal(LogLevel.Warning, Assert.Single(_log.Written).Level);
        Relink("privkey", 2);
        files.Look(Now, _log);
        Assert.Equal("CN=two", Shown(files));
    }

    [Theory]
    [InlineData("")]
    [InlineData("this is no certificate")]
    public void Files_that_cannot_be_used_take_nothing_away(string text)
    {
        var files = Open();
        File.WriteAllText(Path.Combine(Path.Combine(_folder.Path, "archive"), "fullchain1.pem"), text);
        files.Look(Now, _log);
        files.Look(Now, _log);
        Assert.Equal("CN=one", Shown(files));
        Assert.Single(_log.Written);
    }

    [Fact]
    public void Files_that_are_gone_are_told_once_and_taken_when_they_are_back()
    {
        var files = Open();
        File.Delete(Live("privkey.pem"));
        files.Look(Now, _log);
        files.Look(Now, _log);
        Assert.Single(_log.Written);
        Archive(2, "two");
        Link(2);
        files.Look(Now, _log);
        Assert.Equal("CN=two", Shown(files));
    }

    [Fact]
    public void A_certificate_that_has_expired_already_is_not_shown()
    {
        var files = Open();
        Archive(2, "two", Now.AddDays(-1));
        Link(2);
        files.Look(Now, _log);
        Assert.Equal("CN=one", Shown(files));
        Assert.Contains("expired", Assert.Single(_log.Written).Text, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private CertificateFiles Open() => CertificateFiles.Open(Live("fullchain.pem"), Live("privkey.pem"));

    private static string Shown(CertificateFiles files) => files.Served.Context.TargetCertificate.Subject;

    private void Archive(int number, string name, DateTimeOffset? until = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(Now.AddYears(-1), until ?? Now.AddYears(1));
        File.WriteAllText(Path.Combine(Path.Combine(_folder.Path, "archive"), $"fullchain{number}.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(Path.Combine(_folder.Path, "archive"), $"privkey{number}.pem"), key.ExportPkcs8PrivateKeyPem());
    }

    private void Link(int number)
    {
        Relink("fullchain", number);
        Relink("privkey", number);
    }

    private void Relink(string name, int number)
    {
        File.Delete(Live($"{name}.pem"));
        File.CreateSymbolicLink(Live($"{name}.pem"), $"../archive/{name}{number}.pem");
    }

    private sealed class Lines : ILogger
    {
        public List<(LogLevel Level, string Text)> Written { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Written.Add((logLevel, formatter(state, exception)));
    }
}
