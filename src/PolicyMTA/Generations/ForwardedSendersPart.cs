using PolicyMTA.Addressing;
using PolicyMTA.Sdk;

namespace PolicyMTA.Generations;

/// <summary>Makes the senders of forwarded mail from <c>srs_*</c>.</summary>
internal static class ForwardedSendersPart
{
    /// <summary>The parameter that turns it on.</summary>
    public const string SecretFile = "srs_secret_file";

    private const int ShortestSecret = 16;
    // The day within an address comes again after 1024 of them.
    private const int MostDays = 1000;

    /// <summary>What it depends on.</summary>
    public static string Signature(GenerationScope scope) => scope.Parameters.FilePath(SecretFile) is { } path
        ? $"{ContentHash.OfFile(path)} {scope.Parameters.Text("srs_domain")} {scope.Parameters.Duration("srs_max_age")}"
        : "";

    /// <summary>Makes them; null when there is no secret: senders stay what they are.</summary>
    /// <exception cref="ConfigurationException">The file or the age can't be used.</exception>
    public static ForwardedSenders? Make(GenerationScope scope)
    {
        var parameters = scope.Parameters;
        if (parameters.FilePath(SecretFile) is not { } path) return null;
        var days = parameters.Duration("srs_max_age").TotalDays;
        if (days is < 1 or > MostDays) throw new ConfigurationException($"srs_max_age must be between 1d and {MostDays}d");
        return new ForwardedSenders(ReadSecrets(path), parameters.Text("srs_domain"), (int)days, scope.World.Time);
    }

    private static string[] ReadSecrets(string path)
    {
        string[] secrets;
        try
        {
            secrets = [.. File.ReadLines(path).Select(line => line.Trim()).Where(line => line.Length > 0)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{SecretFile}: {error.Message}", error);
        }
        if (secrets.Length == 0) throw new ConfigurationException($"{SecretFile}: {path} holds no secret");
        if (secrets.Any(secret => secret.Length < ShortestSecret)) throw new ConfigurationException($"{SecretFile}: a line of {path} has less than {ShortestSecret} characters; `openssl rand -base64 24` makes a secret");
        return secrets;
    }
}
