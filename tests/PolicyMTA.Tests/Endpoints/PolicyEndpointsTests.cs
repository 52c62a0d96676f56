using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using PolicyMTA.Configuration;
using PolicyMTA.Endpoints;
using PolicyMTA.Metrics;
using PolicyMTA.Sdk;

namespace PolicyMTA.Tests.Endpoints;

/// <summary>What policies ask and tell over HTTP.</summary>
public sealed class PolicyEndpointsTests : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly WebServer _web = new();
    private readonly ServerMetrics _metrics = new();

    public async ValueTask DisposeAsync()
    {
        await _web.DisposeAsync();
        _metrics.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("/json", """{"status":200,"body":{"verdict":"no"}}""")]
    [InlineData("/text", """{"status":404,"body":"nothing \u0022here\u0022"}""")]
    [InlineData("/empty", """{"status":204,"body":null}""")]
    [InlineData("/moved", """{"status":302,"body":null}""")]
    public async Task Any_status_is_an_answer_and_nobody_is_followed_elsewhere(string path, string expected)
    {
        var token = Path.Combine(_folder.Path, "token");
        await File.WriteAllTextAsync(token, "s3cret\n");
        await using var endpoints = Open(Endpoint(path) with { TokenFile = token });
        Assert.Equal(expected, await endpoints.CallAsync("it", """{"a":1}""", CancellationToken.None));
        Assert.Equal(($"POST {path} Bearer s3cret", """{"a":1}"""), Assert.Single(_web.Heard));
    }

    [Theory]
    [InlineData("/slow", 65_536, "no answer within 0.2 s")]
    [InlineData("/large", 999, "size_limit = 999")]
    public async Task Slow_and_endless_answers_are_none(string path, int limit, string expected)
    {
        await using var endpoints = Open(Endpoint(path) with { Timeout = TimeSpan.FromSeconds(path == "/slow" ? 0.2 : 20), SizeLimit = limit });
        Assert.Contains(expected, (await Assert.ThrowsAsync<TemporaryFailureException>(() => endpoints.CallAsync("it", "{}", CancellationToken.None).AsTask())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_of_exactly_the_limit_is_one()
    {
        await using var endpoints = Open(Endpoint("/large") with { SizeLimit = 1000, Timeout = TimeSpan.FromSeconds(20) });
        Assert.Contains("xxx", await endpoints.CallAsync("it", "{}", CancellationToken.None), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_is_there()
    {
        await using var endpoints = Open(new EndpointSection(new Uri("http://127.0.0.1:1/"), TimeSpan.FromSeconds(5), null, 1000));
        await Assert.ThrowsAsync<TemporaryFailureException>(() => endpoints.CallAsync("it", "{}", CancellationToken.None).AsTask());
        Assert.Contains("did you mean 'it'", (await Assert.ThrowsAsync<ConfigurationException>(() => endpoints.CallAsync("its", "{}", CancellationToken.None).AsTask())).Message, StringComparison.Ordinal);
        Assert.Throws<ConfigurationException>(() => endpoints.Tell("nobody", "{}"));
    }

    [Fact]
    public async Task Events_are_posted_without_anybody_waiting_also_when_the_generation_ends()
    {
        await using (var endpoints = Open(Endpoint("/slow-event")))
        {
            for (var i = 0; i < 3; i++) endpoints.Tell("it", $"{{\"n\":{i}}}");
        }
        Assert.Equal(["""{"n":0}""", """{"n":1}""", """{"n":2}"""], _web.Heard.Select(heard => heard.Body));
        Assert.Contains("policymta_policy_events_total{name=\"it\",outcome=\"told\"} 3", Written(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_events_than_the_line_holds_are_lost_and_counted()
    {
        await using (var endpoints = Open(Endpoint("/slow") with { Timeout = TimeSpan.FromSeconds(30) }))
        {
            for (var i = 0; i < 1100; i++) endpoints.Tell("it", "{}");
            Assert.Matches("policymta_policy_events_total\\{name=\"it\",outcome=\"lost\"\\} (99|100)\n", Written());
        }
    }

    [Fact]
    public async Task Metrics_are_counted_by_name_and_names_are_bounded()
    {
        await using var endpoints = Open(Endpoint("/json"));
        endpoints.Count("spam", 2);
        endpoints.Count("spam", 0.5);
        for (var i = 0; i < 1001; i++) endpoints.Count($"n{i}", 1);
        var text = Written();
        Assert.Contains("policymta_policy_metric_total{name=\"spam\"} 2.5", text, StringComparison.Ordinal);
        Assert.Contains("policymta_policy_metric_total{name=\"n998\"} 1", text, StringComparison.Ordinal);
        Assert.Contains("policymta_policy_metric_total{name=\"other\"} 2", text, StringComparison.Ordinal);
    }

    private EndpointSection Endpoint(string path) => new(new Uri(_web.Address, path), TimeSpan.FromSeconds(5), null, 65_536);

    private PolicyEndpoints Open(EndpointSection endpoint)
    {
        var sections = new Dictionary<string, EndpointSection> { ["it"] = endpoint };
        return new PolicyEndpoints(sections, sections, new PolicyCounters(_metrics.CreateMeter("test")), TimeProvider.System, NullLogger.Instance);
    }

    private string Written()
    {
        var text = new StringBuilder();
        _metrics.Write(text);
        return text.ToString();
    }

    /// <summary>A web server that answers by path.</summary>
    private sealed class WebServer : IAsyncDisposable
    {
        private readonly HttpListener _listener = new();
        private readonly ConcurrentQueue<(string, string)> _heard = new();
        private readonly CancellationTokenSource _end = new();
        private readonly Task _serving;

        public WebServer()
        {
            for (var patience = 50; ; patience--)
            {
                Address = new Uri($"http://127.0.0.1:{Random.Shared.Next(20_000, 60_000)}/");
                _listener.Prefixes.Clear();
                _listener.Prefixes.Add(Address.ToString());
                try
                {
                    _listener.Start();
                    break;
                }
                catch (HttpListenerException) when (patience > 0) { }
            }
            _serving = ServeAsync();
        }

        public Uri Address { get; }

        public IReadOnlyList<(string Head, string Body)> Heard => [.. _heard];

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            _listener.Close();
            await _serving;
            _end.Dispose();
        }

        private async Task ServeAsync()
        {
            var answers = new List<Task>();
            try
            {
                while (true) answers.Add(AnswerAsync(await _listener.GetContextAsync()));
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                await Task.WhenAll(answers);
            }
        }

        private async Task AnswerAsync(HttpListenerContext context)
        {
            try
            {
                using var reader = new StreamReader(context.Request.InputStream);
                var path = context.Request.Url!.AbsolutePath;
                _heard.Enqueue(($"{context.Request.HttpMethod} {path} {context.Request.Headers["Authorization"]}", await reader.ReadToEndAsync(_end.Token)));
                if (path == "/slow") await Task.Delay(TimeSpan.FromSeconds(60), TimeProvider.System, _end.Token);
                if (path == "/slow-event") await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, _end.Token);
                var (status, body) = path switch { "/json" => (200, """{"verdict":"no"}"""), "/text" => (404, "nothing \"here\""), "/moved" => (302, ""), "/large" => (200, new string('x', 1000)), _ => (204, "") };
                context.Response.StatusCode = status;
                if (status == 302) context.Response.RedirectLocation = "http://127.0.0.1:1/";
                if (body.Length > 0) await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body), _end.Token);
                context.Response.Close();
            }
            catch (Exception e) when (e is OperationCanceledException or HttpListenerException or ObjectDisposedException or IOException) { }
        }
    }
}
