using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Http;

/// <summary>
/// Asks a web service. 200 with a value is found, 404 or 204 is none, 200 without a value or with null is none; anything else is a failure. Redirects are
/// not followed: they would send the key, and the token, to somebody else.
/// </summary>
internal sealed class HttpTable : ILookupTable
{
    // Connections open at once; further questions wait within their time limit.
    private const int ConnectionLimit = 16;
    private const int DeepestDocument = 64;
    private const int LongestToken = 16 * 1024;

    // Names may come to stand for another address.
    private static readonly TimeSpan ConnectionLife = TimeSpan.FromMinutes(2);

    private readonly HttpTableOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpClient _client;

    internal HttpTable(HttpTableOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            MaxConnectionsPerServer = ConnectionLimit,
            PooledConnectionLifetime = ConnectionLife,
            MaxResponseHeadersLength = 64,
            ActivityHeadersPropagator = null,
        };
        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <inheritdoc/>
    public TableCaching? Caching => _options.Caching;

    /// <inheritdoc/>
    public async ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken)
    {
        if (_options.Domains is { } domains)
        {
            var allowed = await domains.AllowsAsync(key, cancellationToken);
            if (!allowed.IsFound) return allowed;
        }
        if (!_options.Url.TryBind(key, out var address)) return LookupResult.None;
        using var limit = new CancellationTokenSource(_options.Timeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await AskAsync(key, address, both.Token);
        }
        catch (Exception error) when (error is HttpRequestException or IOException or JsonException or InvalidDataException or UnauthorizedAccessException or FormatException)
        {
            return Failed(error is HttpRequestException { InnerException: { } cause } ? $"{error.Message} {cause.Message}" : error.Message);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return Failed($"no answer within {_options.Timeout.TotalSeconds} s");
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private async ValueTask<LookupResult> AskAsync(string key, Uri address, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(_options.Method, address);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        foreach (var (name, value) in _options.Headers) request.Headers.Add(name, value);
        if (_options.TokenFile is { } file) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await ReadTokenAsync(file, cancellationToken));
        using var reply = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (reply.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.NoContent) return LookupResult.None;
        if (reply.StatusCode != HttpStatusCode.OK) return Failed(string.Create(CultureInfo.InvariantCulture, $"the server says {(int)reply.StatusCode}"));
        using var document = JsonDocument.Parse(await ReadAsync(reply.Content, cancellationToken), new JsonDocumentOptions { MaxDepth = DeepestDocument });
        return _options.Format.Join(key, Values(_options.Result.Find(document.RootElement)));
    }

    private static async Task<string> ReadTokenAsync(string file, CancellationToken cancellationToken)
    {
        if (new FileInfo(file).Length > LongestToken) throw new InvalidDataException($"{file} has more than {LongestToken} bytes");
        var token = (await File.ReadAllTextAsync(file, cancellationToken)).Trim();
        // Its text stays out of the error, and so out of the log.
        return token.Length > 0 && token.All(c => c is > ' ' and < '\x7f') ? token : throw new InvalidDataException($"{file} holds no token");
    }

    private async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        var (buffer, text) = (new byte[8192], new MemoryStream());
        while (await stream.ReadAsync(buffer, cancellationToken) is var count && count > 0)
        {
            if (text.Length + count > _options.SizeLimit) throw new InvalidDataException($"an answer of more than size_limit = {_options.SizeLimit} bytes");
            text.Write(buffer, 0, count);
        }
        return text.GetBuffer().AsMemory(0, (int)text.Length);
    }

    /// <summary>A list is several values; null and what is missing are none.</summary>
    private static List<string?> Values(JsonElement? found) => found switch
    {
        null => [],
        { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray().Select(TextOf)],
        { } single => [TextOf(single)],
    };

    private static string? TextOf(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Null => null,
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => element.GetRawText(),
        _ => throw new InvalidDataException("the result is neither a text, a number nor a list of them"),
    };

    private LookupResult Failed(string reason) => LookupResult.Failed($"{_options.Url.Server}: {reason}");
}
