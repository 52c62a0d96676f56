using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using PolicyMTA.Configuration;
using PolicyMTA.Sdk;

namespace PolicyMTA.Endpoints;

/// <summary>
/// Posts JSON to endpoints. Redirects are not followed and no proxy of the machine is asked: data and token go to whom the configuration names. Thread-safe.
/// </summary>
internal sealed class EndpointClient : IDisposable
{
    private const int ConnectionLimit = 16;
    private const int LongestToken = 16 * 1024;
    private static readonly TimeSpan ConnectionLife = TimeSpan.FromMinutes(2);

    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false, UseCookies = false, UseProxy = false, MaxConnectionsPerServer = ConnectionLimit, PooledConnectionLifetime = ConnectionLife, MaxResponseHeadersLength = 64,
        ActivityHeadersPropagator = null,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private readonly TimeProvider _time;

    internal EndpointClient(TimeProvider time) => _time = time;

    /// <summary>The status and the body; a JSON body as it is, another one as text.</summary>
    /// <exception cref="TemporaryFailureException">Nobody answers, or with too much.</exception>
    internal async ValueTask<string> PostAsync(EndpointSection endpoint, string json, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(endpoint.Timeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, endpoint.Url) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
            if (endpoint.TokenFile is { } file) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await ReadTokenAsync(file, both.Token));
            using var reply = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token);
            var body = await ReadAsync(reply.Content, endpoint.SizeLimit, both.Token);
            return string.Create(CultureInfo.InvariantCulture, $"{{\"status\":{(int)reply.StatusCode},\"body\":{Body(body)}}}");
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TemporaryFailureException($"{endpoint.Url.Host} gives no answer within {endpoint.Timeout.TotalSeconds} s");
        }
        catch (Exception error) when (error is HttpRequestException or IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new TemporaryFailureException($"{endpoint.Url.Host}: {error.Message}", error);
        }
    }

    public void Dispose() => _client.Dispose();

    private static async Task<string> ReadTokenAsync(string file, CancellationToken cancellationToken)
    {
        if (new FileInfo(file).Length > LongestToken) throw new InvalidDataException("the token's file is too long");
        var token = (await File.ReadAllTextAsync(file, cancellationToken)).Trim();
        return token.Length > 0 && token.All(c => c is > ' ' and < '\x7f') ? token : throw new InvalidDataException("the token's file holds none");
    }

    private static async Task<byte[]> ReadAsync(HttpContent content, int limit, CancellationToken cancellationToken)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        var (buffer, text) = (new byte[8192], new MemoryStream());
        while (await stream.ReadAsync(buffer, cancellationToken) is var count && count > 0)
        {
            if (text.Length + count > limit) throw new InvalidDataException($"an answer of more than size_limit = {limit} bytes");
            text.Write(buffer, 0, count);
        }
        return text.ToArray();
    }

    private static string Body(byte[] body)
    {
        if (body.Length == 0) return "null";
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.GetRawText();
        }
        catch (JsonException)
        {
            return JsonSerializer.Serialize(Encoding.UTF8.GetString(body), EndpointJson.Default.String);
        }
    }
}
